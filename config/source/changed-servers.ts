// A configuration with the real servers that commands add and remove, judged by the same rules as the file. Pure.

import { formatEndpoint } from '../../net/endpoint.ts';
import type { DirectorConfig } from '../model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../model/service-model.ts';
import { shareServices } from '../model/shared-services.ts';
import { type DocumentResult, readDocument } from './document.ts';

/** The keys of a real server that a command may give, beside its address. */
export type GivenSettings = Readonly<Record<string, string | number>>;

export type ServerChange = {
  readonly service: string;
  /** Its address and port, spelled as {@link endpointText} does. */
  readonly server: string;
  /** Undefined where the server is removed. */
  readonly settings: GivenSettings | undefined;
};

/** In force: the file says otherwise. In the file: it says the same. Else the reason for which the change has no effect. */
export type ChangeOutcome = 'in force' | 'in the file' | { readonly why: string };

export type Changed = {
  readonly config: DirectorConfig;
  /** One for each change, in their order. */
  readonly outcomes: readonly ChangeOutcome[];
};

type Written = Readonly<Record<string, unknown>>;

/** A service as the file has it: read, and written. */
type Filed = { readonly service: VirtualServiceConfig; readonly written: Written };

export const endpointText = ({ endpoint }: Pick<RealServerConfig, 'endpoint'>): string => formatEndpoint(endpoint);

/** Reads services as if they stood in the file. */
export const readServices = (written: readonly unknown[], hasSync: boolean): DocumentResult =>
  readDocument({
    director: 'director',
    vrrp: { routers: [] },
    virtual_services: written,
    ...(hasSync && { connection_sync: { interface: 'lo', sync_id: 0 } }),
  });

/** Reads a service as if it stood in the file. @returns its faults where it may not */
const judge = (written: Written, hasSync: boolean): VirtualServiceConfig | string => {
  const result = readServices([written], hasSync);
  if (!result.ok) return result.faults.map(({ message }) => message).join('; ');
  const [service] = result.config.virtualServices;
  return service ?? 'it is not a service';
};

const withChanges = ({ service, written }: Filed, changes: readonly ServerChange[]): Written => {
  const servers = Array.isArray(written.real_servers) ? written.real_servers : [];
  const removed = new Set(changes.filter(({ settings }) => settings === undefined).map(({ server }) => server));
  const kept = service.realServers.map((server) => !removed.has(endpointText(server)));
  const added = changes.flatMap(({ server, settings }) =>
    settings === undefined ? [] : { address: server, ...settings },
  );
  return { ...written, real_servers: [...servers.filter((_, index) => kept[index] === true), ...added] };
};

type Judged = {
  readonly service: VirtualServiceConfig;
  readonly outcomes: ReadonlyMap<ServerChange, ChangeOutcome>;
};

/** Makes all changes at once, or, where they are not valid together, each that is valid with those before it. */
const changeService = (filed: Filed, changes: readonly ServerChange[], hasSync: boolean): Judged => {
  const named = new Set(filed.service.realServers.map(endpointText));
  const isInFile = ({ server, settings }: ServerChange): boolean => named.has(server) === (settings !== undefined);
  const outcomes = new Map<ServerChange, ChangeOutcome>(
    changes.filter(isInFile).map((change) => [change, 'in the file']),
  );
  const others = changes.filter((change) => !isInFile(change));
  if (others.length === 0) return { service: filed.service, outcomes };
  const together = judge(withChanges(filed, others), hasSync);
  if (typeof together !== 'string') {
    for (const change of others) outcomes.set(change, 'in force');
    return { service: together, outcomes };
  }
  let service = filed.service;
  const valid: ServerChange[] = [];
  for (const change of others) {
    const next = others.length === 1 ? together : judge(withChanges(filed, [...valid, change]), hasSync);
    outcomes.set(change, typeof next === 'string' ? { why: next } : 'in force');
    if (typeof next === 'string') continue;
    valid.push(change);
    service = next;
  }
  return { service, outcomes };
};

/**
 * The configuration in force, from the file's and the changes by command.
 * @param changes at most one for each server of a service
 */
export const changeServers = (config: DirectorConfig, changes: readonly ServerChange[]): Changed => {
  if (changes.length === 0) return { config, outcomes: [] };
  const { virtualServices, serviceTexts = [], connectionSync } = config;
  const outcomes = new Map<ServerChange, ChangeOutcome>();
  const services = virtualServices.map((service, index) => {
    const own = changes.filter((change) => change.service === service.name);
    const text = serviceTexts[index];
    if (own.length === 0 || text === undefined) return service;
    const judged = changeService({ service, written: JSON.parse(text) as Written }, own, connectionSync !== undefined);
    for (const [change, outcome] of judged.outcomes) outcomes.set(change, outcome);
    return judged.service;
  });
  return {
    config: shareServices(config, { ...config, virtualServices: services }),
    outcomes: changes.map((change) => {
      const outcome = outcomes.get(change);
      if (outcome !== undefined) return outcome;
      return change.settings === undefined ? 'in the file' : { why: `there is no service ${change.service}` };
    }),
  };
};
