// One turn's plan: the whole IPVS table as it should be now, and who is on the way out of it. Pure.

import { type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { IpvsContent } from '../../kernel/ipvs/changes.ts';
import {
  type DestinationEntry,
  type DestinationState,
  destinationKey,
  type ServiceEntry,
  serviceKey,
} from '../../kernel/ipvs/entries.ts';
import { desiredServices, desiredWeight, destinationOf } from './desired.ts';
import type { Leaving } from './drain-watch.ts';
import type { Duty, Judgement } from './service-judgement.ts';

/** For what no configuration names any more: that of `drain_timeout`'s default. */
export const defaultDrainTimeout = milliseconds(10_000);

/** What must be known of the turns before: since when entries are not configured any more, and what was known of them. */
export type PlanMemory = {
  readonly retiredSince: ReadonlyMap<string, Instant>;
  /** By destination key: how people call the server. */
  readonly names: ReadonlyMap<string, string>;
  /** By service key. */
  readonly drainTimeouts: ReadonlyMap<string, Milliseconds>;
};

export const noPlan: PlanMemory = { retiredSince: new Map(), names: new Map(), drainTimeouts: new Map() };

/** What the kernel holds of ours and in our services. */
export type IpvsContents = {
  readonly services: readonly ServiceEntry[];
  readonly destinations: readonly DestinationState[];
};

export type Plan = {
  readonly desired: IpvsContent;
  readonly leaving: readonly Leaving[];
  readonly memory: PlanMemory;
};

type Named = {
  readonly service: VirtualServiceConfig;
  readonly server: RealServerConfig;
  readonly key: string;
  readonly withWeight: (weight: number) => DestinationEntry;
};

/** Every destination that the configuration names. */
export const namedDestinations = (services: readonly VirtualServiceConfig[]): Named[] =>
  services.flatMap((service) => {
    const servers = [...service.realServers, ...(service.sorryServer === undefined ? [] : [service.sorryServer])];
    return service.matches.flatMap((match) =>
      servers.map((server) => {
        const withWeight = (weight: number): DestinationEntry => destinationOf(service, match, server, weight);
        return { service, server, key: destinationKey(withWeight(0)), withWeight };
      }),
    );
  });

/** Remembers what a configuration says of its entries, for the day when none names them any more. */
export const rememberNames = (memory: PlanMemory, services: readonly VirtualServiceConfig[]): PlanMemory => ({
  ...memory,
  names: new Map([
    ...memory.names,
    ...namedDestinations(services).map(({ key, server }): [string, string] => [key, server.name]),
  ]),
  drainTimeouts: new Map([
    ...memory.drainTimeouts,
    ...services.flatMap((service) =>
      desiredServices(service).map((entry): [string, Milliseconds] => [serviceKey(entry), service.drainTimeout]),
    ),
  ]),
});

const leavingOf = (
  duty: Duty,
  state: DestinationState,
  weight: number | undefined,
  name: string,
): readonly Leaving[] => {
  if (duty.name !== 'leave') return [];
  const { why, since, deadline } = duty;
  const { activeConnections } = state;
  const key = destinationKey(state);
  return [
    {
      key,
      name,
      why,
      since,
      ...(deadline !== undefined && { deadline }),
      activeConnections,
      isLast: weight === undefined,
    },
  ];
};

/**
 * Plans a turn.
 * @param isOurs whether an entry may be changed and removed, by its key
 */
export const planTurn = (
  services: readonly VirtualServiceConfig[],
  judgements: ReadonlyMap<string, Judgement>,
  actual: IpvsContents,
  isOurs: (key: string) => boolean,
  before: PlanMemory,
  now: Instant,
): Plan => {
  const held = new Map(actual.destinations.map((state) => [destinationKey(state), state]));
  const leaving: Leaving[] = [];
  const decide = (duty: Duty, state: DestinationState | undefined, name: string): number | undefined => {
    const weight = desiredWeight(duty, state, now);
    if (state !== undefined) leaving.push(...leavingOf(duty, state, weight, name));
    return weight;
  };

  const named = namedDestinations(services);
  const configured = named.flatMap(({ service, server, key, withWeight }) => {
    const duty = judgements.get(service.name)?.duties.get(server.name) ?? { name: 'await' };
    const weight = decide(duty, held.get(key), server.name);
    return weight === undefined ? [] : [withWeight(weight)];
  });

  const names = new Set(named.map(({ key }) => key));
  const retiredSince = new Map<string, Instant>();
  const retired = actual.destinations.flatMap((state): DestinationEntry[] => {
    const key = destinationKey(state);
    if (names.has(key) || !isOurs(key)) return [];
    const since = before.retiredSince.get(key) ?? now;
    retiredSince.set(key, since);
    const deadline = later(since, before.drainTimeouts.get(serviceKey(state.service)) ?? defaultDrainTimeout);
    const duty: Duty = { name: 'leave', why: 'no longer configured', since, deadline };
    const weight = decide(duty, state, before.names.get(key) ?? '-');
    return weight === undefined ? [] : [{ ...state, weight }];
  });

  const wanted = services.flatMap(desiredServices);
  const wantedKeys = new Set(wanted.map(serviceKey));
  const busy = new Set(retired.map(({ service }) => serviceKey(service)));
  // A service that no configuration names stays until its last destination has drained.
  const ending = actual.services.filter((entry) => !wantedKeys.has(serviceKey(entry)) && busy.has(serviceKey(entry)));
  return {
    desired: { services: [...wanted, ...ending], destinations: [...configured, ...retired] },
    leaving,
    memory: { ...before, retiredSince },
  };
};
