// Keeps the kernel's IPVS true: reads what is there, judges what should be, applies the difference, tells what was done.

import { join } from 'node:path';
import { messageOf } from '../../base/error.ts';
import type { Clock } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { diff } from '../../kernel/diff.ts';
import { ipvsChanges } from '../../kernel/ipvs/changes.ts';
import { applyDaemons, type DaemonEntry, daemonKey, isSameDaemon, listDaemons } from '../../kernel/ipvs/daemons.ts';
import { type DestinationState, destinationKey, type ServiceState, serviceKey } from '../../kernel/ipvs/entries.ts';
import { type IpvsResult, openIpvs } from '../../kernel/ipvs/table.ts';
import { type IpvsTimeouts, readTimeouts } from '../../kernel/ipvs/timeouts.ts';
import { openOwnership } from '../../kernel/ownership.ts';
import { openNatTable } from '../firewall/nat-table.ts';
import type { Log } from '../log/log.ts';
import { describeChange } from './change-text.ts';
import { desiredDaemons, desiredServices } from './desired.ts';
import { type DrainMemory, watchDrains } from './drain-watch.ts';
import {
  describeJudgement,
  type Judgement,
  type JudgementEvent,
  judgeService,
  noMemory,
  type ServerStanding,
  type ServiceMemory,
} from './service-judgement.ts';
import { describeTampering, leave, nothingLeft } from './tampering.ts';
import { keepTimeouts } from './timeouts.ts';
import { type IpvsContents, namedDestinations, noPlan, planTurn, rememberNames } from './turn.ts';

export type IpvsTable = {
  /** Takes another configuration; what it does not name any more drains and leaves. */
  readonly configure: (config: DirectorConfig) => void;
  /** One turn; a refusal is logged and tried again by the next. */
  readonly reconcile: () => void;
  /** What the kernel held at the last turn, by {@link destinationKey}. */
  readonly destinations: () => ReadonlyMap<string, DestinationState>;
  /** The services of the last turn, by {@link serviceKey}. */
  readonly services: () => ReadonlyMap<string, ServiceState>;
  /** How a service was judged at the last turn, by its name. */
  readonly judgementOf: (service: string) => Judgement | undefined;
  /** How many commands have been written to IPVS. */
  readonly writes: () => number;
  /** How long the kernel keeps a silent connection. @throws KernelError */
  readonly timeouts: () => IpvsTimeouts;
  /** Removes all that is ours. */
  readonly clear: () => Promise<void>;
};

export type IpvsTableOptions = {
  readonly config: DirectorConfig;
  readonly stateDirectory: string;
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly onJudged: (service: VirtualServiceConfig, event: JudgementEvent) => void;
  readonly clock: Clock;
  readonly log: Log;
};

export const openIpvsTable = (options: IpvsTableOptions): IpvsTable => {
  const { stateDirectory, standingOf, onJudged, clock, log } = options;
  const ipvs = openIpvs();
  const ownership = openOwnership(join(stateDirectory, 'ipvs.json'));
  const complaints = new Map<string, string>();
  const foreign = new Set<string>();
  const judgements = new Map<string, Judgement>();
  let memories = new Map<string, ServiceMemory>();
  let { config } = options;
  let held = new Map<string, DestinationState>();
  let heldServices = new Map<string, ServiceState>();
  let plans = noPlan;
  let drains: DrainMemory = new Map();
  let left = nothingLeft;
  let running: ReadonlySet<string> = new Set();
  let isFirst = true;

  /** An error that repeats each turn is one line, not one a turn. */
  const complain = (about: string, text: string): void => {
    if (text !== '' && text !== complaints.get(about))
      log('error', { process: 'ipvs' }, `${text}; it will be tried again`);
    complaints.set(about, text);
  };
  const attempt = (about: string, action: () => string): void => {
    try {
      complain(about, action());
    } catch (error) {
      complain(about, messageOf(error));
    }
  };
  const nat = openNatTable(log, complain);
  const timeouts = keepTimeouts(ipvs.family, log);

  const isOurs = (key: string): boolean => ownership.keys().has(key);
  const configuredKeys = (): string[] => [
    ...config.virtualServices.flatMap(desiredServices).map(serviceKey),
    ...namedDestinations(config.virtualServices).map(({ key }) => key),
    ...desiredDaemons(config.connectionSync).map(daemonKey),
  ];

  const configure = (next: DirectorConfig): void => {
    config = next;
    ownership.claim(configuredKeys());
    plans = rememberNames(plans, config.virtualServices);
    const names = new Set(config.virtualServices.map(({ name }) => name));
    memories = new Map([...memories].filter(([name]) => names.has(name)));
    for (const name of judgements.keys()) if (!names.has(name)) judgements.delete(name);
  };

  const judge = (): void => {
    for (const service of config.virtualServices) {
      const memory = memories.get(service.name) ?? noMemory;
      const [next, judgement] = judgeService(service, (server) => standingOf(service, server), memory, clock());
      memories.set(service.name, next);
      judgements.set(service.name, judgement);
      for (const event of judgement.events) {
        const [level, text] = describeJudgement(event, service);
        log(level, { process: 'ipvs', subject: service.name }, text, { event });
        onJudged(service, event);
      }
    }
  };

  const read = (): IpvsContents => {
    const services = ipvs.services().filter((service) => isOurs(serviceKey(service)));
    const destinations = services.flatMap((service) => ipvs.destinations(service));
    heldServices = new Map(services.map((state) => [serviceKey(state), state]));
    held = new Map(destinations.map((state) => [destinationKey(state), state]));
    if (isFirst && services.length > 0) {
      const text = `${services.length} services with ${destinations.length} destinations were there already under names of the configuration; they are ours now`;
      log('warn', { process: 'ipvs' }, text);
    }
    for (const key of [...held.keys()].filter((key) => !isOurs(key) && !foreign.has(key))) {
      foreign.add(key);
      log('warn', { process: 'ipvs' }, `${key} is not in the configuration: it stays, and nobody checks it`);
    }
    return { services, destinations };
  };

  /** Tells of what was done and why. @returns the refusals, in words */
  const tell = (results: readonly IpvsResult[], known: ReadonlySet<string>): string =>
    results
      .flatMap(({ change, error }) => {
        if (error !== undefined) return [error.message];
        const key = 'service' in change.entry ? destinationKey(change.entry) : serviceKey(change.entry);
        const name = plans.names.get(key);
        const tampering = isFirst ? undefined : describeTampering(change, left);
        if (tampering === undefined && known.has(key)) return [];
        const text = `${describeChange(change)}${tampering === undefined ? '' : `: ${tampering}`}`;
        log(tampering === undefined ? 'info' : 'warn', { process: 'ipvs', ...(name && { subject: name }) }, text);
        return [];
      })
      .join('; ');

  const turn = (): string => {
    const now = clock();
    judge();
    const actual = read();
    const plan = planTurn(config.virtualServices, judgements, actual, isOurs, plans, now);
    plans = plan.memory;
    const changes = ipvsChanges(actual, plan.desired, isOurs);
    const results = ipvs.apply(changes.services, changes.destinations);
    const [watched, lines] = watchDrains(drains, plan.leaving, now);
    drains = watched;
    const refusals = tell(results, new Set(plan.leaving.filter(({ isLast }) => isLast).map(({ key }) => key)));
    for (const { name, text } of lines) log('info', { process: 'ipvs', subject: name }, text);
    left = leave(plan.desired.services, plan.desired.destinations);
    isFirst = false;
    return refusals;
  };

  const keepDaemons = (wanted: readonly DaemonEntry[]): string => {
    const actual = listDaemons(ipvs.family);
    running = new Set(actual.map(daemonKey));
    const changes = diff(actual, wanted, {
      keyOf: daemonKey,
      isSame: isSameDaemon,
      isOurs: (entry) => isOurs(daemonKey(entry)),
    });
    const done = { add: 'is started', update: 'is started anew', remove: 'is ended' } as const;
    return applyDaemons(ipvs.family, changes)
      .flatMap(({ change: { type, entry }, error }) => {
        if (error !== undefined) return [error.message];
        const { interface: name, syncId, group, port } = entry;
        log(
          'info',
          { process: 'ipvs' },
          `${daemonKey(entry)} ${done[type]}: id ${syncId}, ${group}:${port} on ${name}`,
        );
        return [];
      })
      .join('; ');
  };

  /** What is neither configured nor in the kernel any more is not ours any more. */
  const forget = (): void => {
    const configured = new Set(configuredKeys());
    const isThere = (key: string): boolean =>
      held.has(key) || left.services.has(key) || plans.retiredSince.has(key) || running.has(key);
    ownership.release([...ownership.keys()].filter((key) => !configured.has(key) && !isThere(key)));
  };

  if (ownership.damage !== undefined) log('warn', { process: 'ipvs' }, ownership.damage);
  configure(config);
  return {
    configure,
    reconcile: () => {
      attempt('table', turn);
      attempt('sync', () => keepDaemons(desiredDaemons(config.connectionSync)));
      attempt('timeouts', () => timeouts.keep(config.ipvsTimeouts));
      nat.reconcile(config);
      attempt('state', () => {
        forget();
        return '';
      });
    },
    destinations: () => held,
    services: () => heldServices,
    judgementOf: (service) => judgements.get(service),
    writes: ipvs.family.writes,
    timeouts: () => readTimeouts(ipvs.family),
    clear: async () => {
      attempt('table', () => {
        const { services, destinations } = ipvsChanges(read(), { services: [], destinations: [] }, isOurs);
        const refusals = tell(
          ipvs.apply(services, destinations),
          new Set(services.map(({ entry }) => serviceKey(entry))),
        );
        left = nothingLeft;
        return refusals;
      });
      attempt('sync', () => keepDaemons([]));
      attempt('timeouts', timeouts.restore);
      await nat.clear();
    },
  };
};
