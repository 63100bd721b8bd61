// Keeps the kernel's IPVS as configured: the services by turns, and the sync daemons, timeouts and source NAT.

import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { type Clock, elapsed, type Instant, later, milliseconds } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { type DaemonEntry, daemonKey } from '../../kernel/ipvs/daemons.ts';
import type { DestinationState, ServiceState } from '../../kernel/ipvs/entries.ts';
import { askIfLoadable, describeNoIpvs, hasIpvs } from '../../kernel/ipvs/modules.ts';
import { openIpvs } from '../../kernel/ipvs/table.ts';
import { type IpvsTimeouts, readTimeouts } from '../../kernel/ipvs/timeouts.ts';
import { openOwnership } from '../../kernel/ownership.ts';
import { KernelError } from '../../kernel/system/error.ts';
import { openNatTable } from '../firewall/nat-table.ts';
import type { Log } from '../log/log.ts';
import { createReconciler } from '../reconciler.ts';
import { desiredDaemons } from './desired.ts';
import { createMarks } from './marks.ts';
import { createMirror } from './mirror.ts';
import { type NamedService, nameService } from './named-service.ts';
import type { JudgementEvent, ServerStanding, ServiceJudgement } from './service-judgement.ts';
import { createServiceTurns } from './service-turns.ts';
import { keepDaemons } from './sync-daemons.ts';
import { keepTimeouts } from './timeouts.ts';

export type IpvsTable = {
  /** Takes another configuration; entries that it no longer names are drained and removed. */
  readonly configure: (config: DirectorConfig) => void;
  /** Resolves when everything marked so far is written to the kernel, or was refused. */
  readonly settled: () => Promise<void>;
  /** Whether ip_vs was unloaded since: the table cannot be used any more. */
  readonly isLost: () => boolean;
  /** Stops, and leaves the kernel's entries alone. */
  readonly close: () => void;
  /** Marks these services, or all, to be judged again in the next turn of the loop. */
  readonly mark: (services?: Iterable<string>) => void;
  /** Call twice a second: handles services that wait for time, and reads a part of the kernel's table again. */
  readonly pass: () => void;
  /** Reads all counters again, while others have their turns; a refusal leaves the counters unchanged. */
  readonly refresh: () => Promise<void>;
  /** Reads and judges everything at once; a refusal is logged, and the next pass tries again. */
  readonly reconcile: () => void;
  /** The kernel's destinations at the last reading, by {@link destinationKey}. */
  readonly destinations: () => ReadonlyMap<string, DestinationState>;
  /** The services, by {@link serviceKey}. */
  readonly services: () => ReadonlyMap<string, ServiceState>;
  /** The judgement of a service at its last turn, by its name. */
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
  /** The daemons for connections that run as configured. */
  readonly daemons: () => readonly DaemonEntry['state'][];
  /** Commands written to IPVS so far. */
  readonly writes: () => number;
  /** The kernel's timeouts of silent connections. @throws KernelError */
  readonly timeouts: () => IpvsTimeouts;
  /** Removes everything that regent added. */
  readonly clear: () => Promise<void>;
};

/** How long a turn may keep the loop before other work runs. */
const slice = milliseconds(20);
/** Counters this fresh are not read again; the kernel itself sums up every two seconds. */
const freshness = milliseconds(1000);

export type IpvsTableOptions = {
  readonly config: DirectorConfig;
  readonly stateDirectory: string;
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  /** See {@link openOwnership}. */
  readonly onRecordFault?: (why: string | undefined) => void;
  readonly onJudged: (service: VirtualServiceConfig, event: JudgementEvent) => void;
  /** Called when all marked work is done. */
  readonly onTurn: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Keys of a kind that only a newer build knows are kept for it. */
const isOfThisBuild = (key: string): boolean => /^(tcp|udp|sctp|mark|connection sync) /.test(key);

/** Why the table could not be opened, in the words of `regent doctor`; `more` says it better, a moment later. */
export type NoTable = { readonly why: string; readonly more?: Promise<string> };

export const explainNoTable = (error: unknown): NoTable => {
  if (!(error instanceof KernelError) || error.code !== 'ENOENT' || hasIpvs())
    return { why: `the IPVS table cannot be opened: ${messageOf(error)}` };
  const text = (canLoad: boolean): string => `this host ${describeNoIpvs(canLoad)}`;
  return { why: text(true), more: askIfLoadable('ip_vs').then(text) };
};

export const openIpvsTable = (options: IpvsTableOptions): IpvsTable => {
  const { stateDirectory, standingOf, onJudged, onTurn, clock, log } = options;
  const ipvs = openIpvs();
  const ownership = openOwnership(join(stateDirectory, 'ipvs.json'), undefined, options.onRecordFault);
  const complaints = new Map<string, string>();
  let { config } = options;
  let configured: ReadonlySet<string> = new Set();

  const complain = (about: string, text: string): void => {
    if (text === '') {
      complaints.delete(about);
      return;
    }
    if (text !== complaints.get(about))
      log('error', { process: 'ipvs', event: 'ipvs-refused' }, `${text}; it will be tried again`);
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
  const daemons = keepDaemons(ipvs.family, isOurs, log);
  const mirror = createMirror();
  const marks = createMarks({ mirror, complain });
  const turns = createServiceTurns({
    awaiting: marks.awaiting,
    mirror,
    ipvs,
    isOurs,
    standingOf,
    onJudged,
    complain,
    clock,
    log,
  });

  /** Kept for services that the next configuration has, too. */
  const named = new WeakMap<VirtualServiceConfig, NamedService>();
  const namedOf = (service: VirtualServiceConfig): NamedService => {
    const known = named.get(service) ?? nameService(service);
    named.set(service, known);
    return known;
  };

  const configure = (next: DirectorConfig): void => {
    const services = next.virtualServices.map(namedOf);
    const keys = new Set(desiredDaemons(next.connectionSync).map(daemonKey));
    for (const { entries, destinations } of services) {
      for (const { key } of entries) keys.add(key);
      for (const { key } of destinations) keys.add(key);
    }
    ownership.claim(keys);
    config = next;
    configured = keys;
    marks.configure(services);
    turns.forgetFormer();
  };

  /** Forgets ownership of entries that are neither configured nor in the kernel. */
  const forget = (): string => {
    if (marks.takeGone())
      ownership.release(
        [...ownership.keys()].filter(
          (key) => isOfThisBuild(key) && !configured.has(key) && !daemons.isRunning(key) && !marks.isKnown(key),
        ),
      );
    return '';
  };

  const reconciler = createReconciler({
    work: turns.work,
    onDone: () => {
      attempt('state', forget);
      onTurn();
    },
    defer: setImmediate,
    clock,
    slice,
  });

  const refresh = async (): Promise<void> => {
    try {
      let until = later(clock(), slice);
      for (const _ of turns.refresh()) {
        if (clock() < until) continue;
        await nextTurn();
        until = later(clock(), slice);
      }
      reconciler.mark();
    } catch (error) {
      complain('counters', messageOf(error));
    }
  };
  let refreshing: { readonly at: Instant; readonly done: Promise<void> } | undefined;

  const keepOthers = (): void => {
    attempt('sync', () => daemons.keep(desiredDaemons(config.connectionSync)));
    attempt('timeouts', () => timeouts.keep(config.ipvsTimeouts));
    nat.reconcile(config);
  };

  if (ownership.damage !== undefined) log('warn', { process: 'ipvs', event: 'record-unreadable' }, ownership.damage);
  configure(config);
  return {
    configure: (next) => {
      configure(next);
      reconciler.mark();
    },
    settled: reconciler.settled,
    isLost: () => !ipvs.family.isCurrent(),
    close: () => {
      reconciler.close();
      ipvs.family.close();
    },
    mark: (services) => {
      marks.mark(services);
      reconciler.mark();
    },
    pass: () => {
      keepOthers();
      turns.pass();
      reconciler.mark();
    },
    refresh: async () => {
      const startedAt = clock();
      // Concurrent requests share one reading.
      if (refreshing === undefined || elapsed(refreshing.at, startedAt) >= freshness)
        refreshing = { at: startedAt, done: refresh() };
      await refreshing.done;
    },
    reconcile: () => {
      keepOthers();
      marks.markUnread();
      reconciler.mark();
      reconciler.finish();
    },
    destinations: () => mirror.destinations,
    services: () => mirror.services,
    judgementOf: turns.judgementOf,
    daemons: daemons.configured,
    writes: ipvs.family.writes,
    timeouts: () => readTimeouts(ipvs.family),
    clear: async () => {
      reconciler.close();
      attempt('table', turns.clear);
      attempt('sync', () => daemons.keep([]));
      attempt('timeouts', timeouts.restore);
      await nat.clear();
    },
  };
};
