// Which services have a turn, and when: marked ones are judged, compared with the kernel, and corrected.

import { messageOf } from '../../base/error.ts';
import { elapsed, milliseconds } from '../../base/units.ts';
import { ipvsChanges } from '../../kernel/ipvs/changes.ts';
import { serviceAddressOf, serviceKey } from '../../kernel/ipvs/entries.ts';
import type { Ipvs } from '../../kernel/ipvs/table.ts';
import { createLooking } from './looking.ts';
import type { Mirror } from './mirror.ts';
import { type NamedService, noPlan, rememberNames } from './named-service.ts';
import { nextRecords, noRecords, recordOf, type ServiceRecord } from './records.ts';
import type { ServiceJudgement } from './service-judgement.ts';
import { createServiceTurn, type ServiceTurnPorts } from './service-turn.ts';
import { leave } from './tampering.ts';
import { changesPerPortion, type Planned, write } from './writing.ts';

export type ServiceTurnsPorts = ServiceTurnPorts & {
  readonly ipvs: Pick<Ipvs, 'services' | 'list' | 'settings' | 'read' | 'apply'>;
  /** Logs an error once, however often it repeats; an empty text ends it. */
  readonly complain: (about: string, text: string) => void;
};

export type ServiceTurns = {
  readonly configure: (services: readonly NamedService[]) => void;
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
  const { ipvs, isOurs, complain, clock, log } = ports;
  const looking = createLooking({ ipvs, isOurs, clock, log });
  const { mirror } = looking;
  const turn = createServiceTurn(ports);
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
    turn.judge(record);
    try {
      if (record.isUnread) read(record);
    } catch (error) {
      complain(aboutOf(record), messageOf(error));
      waiting.add(record);
      return undefined;
    }
    return turn.plan(record, mirror.contents(record.entries.keys()), plans);
  };

  const end = (planned: Planned, refusals: readonly string[]): void => {
    const { record } = planned;
    const isUnsettled = turn.settle(planned);
    if (planned.changes.services.length + planned.changes.destinations.length > 0) looking.compareNext(record);
    complain(aboutOf(record), refusals.join('; '));
    if (refusals.length > 0 || isUnsettled) waiting.add(record);
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
      turn.keep(records.named);
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
    judgementOf: turn.judgementOf,
    isKnown: (key) =>
      mirror.has(key) || records.all.some(({ left, retiredSince }) => left.services.has(key) || retiredSince.has(key)),
    takeGone: () => {
      const was = isGone;
      isGone = false;
      return was;
    },
  };
};
