// Turns of the virtual services: marked ones are judged, compared with the kernel, and corrected.

import { messageOf } from '../../base/error.ts';
import { type Clock, elapsed, milliseconds } from '../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { ipvsChanges } from '../../kernel/ipvs/changes.ts';
import { serviceAddressOf, serviceKey } from '../../kernel/ipvs/entries.ts';
import type { Ipvs } from '../../kernel/ipvs/table.ts';
import type { Log } from '../log/log.ts';
import { watchDrains } from './drain-watch.ts';
import { createLooking } from './looking.ts';
import type { Mirror } from './mirror.ts';
import { nextRecords, noRecords, recordOf, type ServiceRecord } from './records.ts';
import {
  describeJudgement,
  type JudgementEvent,
  judgeService,
  type ServerStanding,
  type ServiceJudgement,
} from './service-judgement.ts';
import { leave } from './tampering.ts';
import { noPlan, planTurn, rememberNames } from './turn.ts';
import { changesPerPortion, type Planned, write } from './writing.ts';

export type ServiceTurnsPorts = {
  readonly ipvs: Pick<Ipvs, 'services' | 'list' | 'settings' | 'read' | 'apply'>;
  /** Whether an entry may be changed and removed, by its key. */
  readonly isOurs: (key: string) => boolean;
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly onJudged: (service: VirtualServiceConfig, event: JudgementEvent) => void;
  /** Logs an error once, however often it repeats; an empty text ends it. */
  readonly complain: (about: string, text: string) => void;
  readonly clock: Clock;
  readonly log: Log;
};

export type ServiceTurns = {
  readonly configure: (services: readonly VirtualServiceConfig[]) => void;
  /** Marks these services, or all, to be judged again. */
  readonly mark: (services?: Iterable<string>) => void;
  /** Marks all services to be read and judged again. */
  readonly markUnread: () => void;
  /** Reads every service's counters again, one service a step. @throws KernelError */
  readonly refresh: () => Generator<void>;
  /** Call every half second: marks services that wait for time or were refused, and the next ones to be read again. */
  readonly pass: () => void;
  /** Does the marked work, in steps of some milliseconds. */
  readonly work: () => Generator<void>;
  /** Removes all of regent's entries. @returns the refusals, as text @throws KernelError */
  readonly clear: () => string;
  readonly mirror: Pick<Mirror, 'services' | 'destinations'>;
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
  /** Whether a key belongs to an entry that exists or is about to be made. */
  readonly isKnown: (key: string) => boolean;
  /** Whether some key may have become forgettable since the last call. */
  readonly takeGone: () => boolean;
};

/** A step ends after this time, or after as many changes as a portion has. */
const stepLimit = milliseconds(10);

export const createServiceTurns = (ports: ServiceTurnsPorts): ServiceTurns => {
  const { ipvs, isOurs, standingOf, onJudged, complain, clock, log } = ports;
  const looking = createLooking({ ipvs, isOurs, clock, log });
  const { mirror } = looking;
  const judgements = new Map<string, ServiceJudgement>();
  const marked = new Set<ServiceRecord>();
  /** Services whose next turn depends on time, or whose last turn was refused. */
  const waiting = new Set<ServiceRecord>();
  let records = noRecords;
  let plans = noPlan;
  let isOpen = false;
  let isGone = false;

  const aboutOf = (record: ServiceRecord): string => `service ${[...record.entries.keys()].join(', ')}`;

  const markUnread = (unread: readonly ServiceRecord[]): void => {
    for (const record of unread) {
      record.isUnread = true;
      marked.add(record);
    }
  };

  const judge = (record: ServiceRecord): void => {
    const service = record.named?.service;
    if (service === undefined) return;
    const [memory, judgement] = judgeService(service, (server) => standingOf(service, server), record.memory, clock());
    record.memory = memory;
    judgements.set(service.name, judgement);
    for (const event of judgement.events) {
      const [level, text] = describeJudgement(event, service);
      log(level, { process: 'ipvs', subject: service.name, event: event.type }, text, { event });
      onJudged(service, event);
    }
  };

  /** @throws KernelError */
  const read = (record: ServiceRecord): void => {
    const hasGone = looking.read(record);
    // Where another program has removed one service, others may be gone, too.
    if (hasGone) {
      markUnread(records.all);
      marked.delete(record);
    }
    record.isUnread = false;
  };

  const plan = (record: ServiceRecord): Planned | undefined => {
    judge(record);
    try {
      if (record.isUnread) read(record);
    } catch (error) {
      complain(aboutOf(record), messageOf(error));
      waiting.add(record);
      return undefined;
    }
    const actual = mirror.contents(record.entries.keys());
    const before = { ...plans, retiredSince: record.retiredSince };
    const next = planTurn(
      record.named === undefined ? [] : [record.named],
      judgements,
      actual,
      isOurs,
      before,
      clock(),
    );
    return { record, plan: next, changes: ipvsChanges(actual, next.desired, isOurs) };
  };

  const isUnsettled = ({ record, plan: { leaving } }: Planned): boolean => {
    if (leaving.length > 0) return true;
    const duties = judgements.get(record.named?.service.name ?? '')?.duties.values() ?? [];
    return [...duties].some((duty) => duty.name === 'serve' && duty.isRamping);
  };

  const end = (planned: Planned, refusals: readonly string[]): void => {
    const { record, plan: done } = planned;
    const [drains, lines] = watchDrains(record.drains, done.leaving, clock());
    for (const { name, text } of lines) log('info', { process: 'ipvs', subject: name, event: 'drain' }, text);
    record.drains = drains;
    record.retiredSince = done.memory.retiredSince;
    record.left = leave(done.desired.services, done.desired.destinations);
    record.size = done.desired.destinations.length;
    record.isNew = false;
    complain(aboutOf(record), refusals.join('; '));
    if (refusals.length > 0 || isUnsettled(planned)) waiting.add(record);
    if (record.named === undefined && ![...record.entries.keys()].some((key) => mirror.services.has(key)))
      records = { ...records, all: records.all.filter((one) => one !== record) };
  };

  const writing = {
    ipvs,
    mirror,
    nameOf: (key: string) => plans.names.get(key),
    onRemoved: () => {
      isGone = true;
    },
    log,
  };

  /** Adopts existing entries under regent's keys: of this configuration, or of an earlier one. @throws KernelError */
  function* open(): Generator<void> {
    const found = new Map(
      ipvs.services().flatMap((state) => (isOurs(serviceKey(state)) ? [[serviceKey(state), state] as const] : [])),
    );
    const known = new Set(records.all.flatMap((record) => [...record.entries.keys()]));
    const retired = [...found]
      .filter(([key]) => !known.has(key))
      .map(([key, state]) => recordOf(undefined, new Map([[key, serviceAddressOf(state)]])));
    records = { ...records, all: [...records.all, ...retired] };
    for (const record of records.all) {
      marked.add(record);
      record.isUnread = false;
      if (![...record.entries.keys()].some((key) => found.has(key))) continue;
      read(record);
      yield;
    }
    isOpen = true;
    if (found.size === 0) return;
    const text = `adopted ${found.size} existing services with ${mirror.destinations.size} destinations`;
    log('warn', { process: 'ipvs', event: 'ipvs-adopted' }, text);
  }

  function* work(): Generator<void> {
    try {
      if (!isOpen) yield* open();
      complain('table', '');
    } catch (error) {
      complain('table', messageOf(error));
      return;
    }
    while (marked.size > 0) {
      const startedAt = clock();
      const batch: Planned[] = [];
      let count = 0;
      for (const record of marked) {
        marked.delete(record);
        const planned = plan(record);
        if (planned === undefined) continue;
        batch.push(planned);
        count += planned.changes.services.length + planned.changes.destinations.length;
        if (count >= changesPerPortion || elapsed(startedAt, clock()) >= stepLimit) break;
      }
      const refusals = yield* write(batch, writing);
      for (const one of batch) end(one, refusals.get(one) ?? []);
      yield;
    }
  }

  return {
    configure: (services) => {
      const before = records.all;
      records = nextRecords(records, services, (key) => mirror.services.has(key));
      const configured = new Set(
        records.all.flatMap(({ named }) => [
          ...(named?.entries ?? []).map(({ key }) => key),
          ...(named?.destinations ?? []).map(({ key }) => key),
        ]),
      );
      plans = rememberNames(
        plans,
        records.changed.flatMap(({ named }) => named ?? []),
        (key) => configured.has(key) || mirror.has(key),
      );
      looking.forget();
      const current = new Set(records.all);
      for (const record of before) if (!current.has(record)) complain(aboutOf(record), '');
      for (const set of [marked, waiting]) for (const record of set) if (!current.has(record)) set.delete(record);
      for (const record of records.changed) marked.add(record);
      for (const name of judgements.keys()) if (!records.named.has(name)) judgements.delete(name);
      isGone = true;
    },
    mark: (services) => {
      const wanted =
        services === undefined ? records.all : [...services].flatMap((name) => records.named.get(name) ?? []);
      for (const record of wanted) marked.add(record);
    },
    markUnread: () => markUnread(records.all),
    pass: () => {
      if (!isOpen) return;
      const { changed, isListed } = looking.look(records.all, waiting);
      markUnread(changed);
      for (const record of waiting) {
        // A refused service is read again; the connections of a leaving one were just counted.
        record.isUnread ||= !isListed;
        marked.add(record);
      }
      waiting.clear();
      markUnread(looking.nextUnread(records.all, isListed));
    },
    refresh: function* () {
      for (const record of isOpen ? records.all : []) {
        read(record);
        marked.add(record);
        yield;
      }
    },
    work,
    clear: () => {
      const services = ipvs.services().filter((state) => isOurs(serviceKey(state)));
      const changes = ipvsChanges({ services, destinations: [] }, { services: [], destinations: [] }, isOurs);
      const results = ipvs.apply(changes.services, []);
      for (const { change, error } of results) if (error === undefined) mirror.note(change);
      for (const record of records.all) record.left = leave([], []);
      return results.flatMap(({ error }) => error?.message ?? []).join('; ');
    },
    mirror,
    judgementOf: (service) => judgements.get(service),
    isKnown: (key) =>
      mirror.has(key) || records.all.some(({ left, retiredSince }) => left.services.has(key) || retiredSince.has(key)),
    takeGone: () => {
      const was = isGone;
      isGone = false;
      return was;
    },
  };
};
