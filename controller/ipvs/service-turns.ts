// The turns of the services that await one: they are judged, compared with the kernel, and corrected, in steps of some milliseconds.

import { messageOf } from '../../base/error.ts';
import { elapsed, milliseconds } from '../../base/units.ts';
import { ipvsChanges } from '../../kernel/ipvs/changes.ts';
import { serviceAddressOf, serviceKey } from '../../kernel/ipvs/entries.ts';
import type { Ipvs } from '../../kernel/ipvs/table.ts';
import { createLooking } from './looking.ts';
import type { Awaiting } from './marks.ts';
import type { Mirror } from './mirror.ts';
import { nameRecord, recordOf, type ServiceRecord } from './records.ts';
import type { ServiceJudgement } from './service-judgement.ts';
import { createServiceTurn, type ServiceTurnPorts } from './service-turn.ts';
import { leave } from './tampering.ts';
import { changesPerPortion, type Planned, write } from './writing.ts';

export type ServiceTurnsPorts = ServiceTurnPorts & {
  readonly awaiting: Awaiting;
  readonly mirror: Mirror;
  readonly ipvs: Pick<Ipvs, 'services' | 'list' | 'settings' | 'read' | 'apply'>;
  /** Logs an error once, however often it repeats; an empty text ends it. */
  readonly complain: (about: string, text: string) => void;
};

export type ServiceTurns = {
  /** Does the marked work, in steps of some milliseconds. */
  readonly work: () => Generator<void>;
  /** Call every half second: marks services that wait for time or were refused, and the next ones to be read again. */
  readonly pass: () => void;
  /** Reads every service's counters again, one service a step. @throws KernelError */
  readonly refresh: () => Generator<void>;
  /** Forgets what is not of the current configuration. */
  readonly forgetFormer: () => void;
  /** Removes all of regent's entries. @returns the refusals, as text @throws KernelError */
  readonly clear: () => string;
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
};

/**
 * While this part of all services is marked, as when a table is filled, the comparison of settings waits, for so many passes in a
 * row: each service that was written since would be read again, only to be written again. Servers that come and go mark fewer, and
 * what was changed by hand is found in time.
 */
const backlogPart = 1 / 4;
const mostSkipped = 6;

/** A step ends after this time, or after as many changes as a portion has. */
const stepLimit = milliseconds(10);

export const createServiceTurns = (ports: ServiceTurnsPorts): ServiceTurns => {
  const { awaiting, mirror, ipvs, isOurs, complain, clock, log } = ports;
  const { marked, waiting } = awaiting;
  const looking = createLooking({ ipvs, mirror, isOurs, clock, log });
  let isOpen = false;
  let skipped = 0;

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
      markUnread(awaiting.records.all);
      marked.delete(record);
    }
    record.isUnread = false;
  };
  const turn = createServiceTurn(ports);
  /** @returns why the kernel could not be read, where it must be */
  const readIfUnread = (record: ServiceRecord): string | undefined => {
    try {
      if (record.isUnread) read(record);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };

  const end = (planned: Planned, refusals: readonly string[]): void => {
    const { record } = planned;
    const isUnsettled = turn.settle(planned);
    const changes = [...planned.changes.services, ...planned.changes.destinations];
    if (changes.length > 0) looking.compareNext(record);
    if (changes.some(({ type }) => type === 'remove')) awaiting.isGone = true;
    complain(nameRecord(record), refusals.join('; '));
    if (refusals.length > 0 || isUnsettled) waiting.add(record);
    if (record.named === undefined && ![...record.entries.keys()].some((key) => mirror.services.has(key))) {
      const { records } = awaiting;
      awaiting.records = { ...records, all: records.all.filter((one) => one !== record) };
    }
  };

  /** Adopts existing entries under regent's keys: of this configuration, or of an earlier one. @throws KernelError */
  function* open(): Generator<void> {
    const found = new Map(
      ipvs.services().flatMap((state) => (isOurs(serviceKey(state)) ? [[serviceKey(state), state] as const] : [])),
    );
    const known = new Set(awaiting.records.all.flatMap((record) => [...record.entries.keys()]));
    const retired = [...found]
      .filter(([key]) => !known.has(key))
      .map(([key, state]) => recordOf(undefined, new Map([[key, serviceAddressOf(state)]])));
    awaiting.records = { ...awaiting.records, all: [...awaiting.records.all, ...retired] };
    for (const record of awaiting.records.all) {
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

  /** The changes of the next marked services, as many as one step makes. */
  const planStep = (): readonly Planned[] => {
    const startedAt = clock();
    const batch: Planned[] = [];
    let count = 0;
    for (const record of marked) {
      marked.delete(record);
      const fault = readIfUnread(record);
      // Judged in any case: notices and routers follow the judgement.
      const planned = turn.plan(record, awaiting.plans);
      if (fault !== undefined) {
        complain(nameRecord(record), fault);
        waiting.add(record);
        continue;
      }
      batch.push(planned);
      count += planned.changes.services.length + planned.changes.destinations.length;
      if (count >= changesPerPortion || elapsed(startedAt, clock()) >= stepLimit) break;
    }
    return batch;
  };

  function* work(): Generator<void> {
    try {
      if (!isOpen) yield* open();
      complain('table', '');
    } catch (error) {
      complain('table', messageOf(error));
      return;
    }
    while (marked.size > 0) {
      const batch = planStep();
      const refusals = yield* write(batch, { ipvs, mirror, names: awaiting.plans.names, log });
      for (const one of batch) end(one, refusals.get(one) ?? []);
      yield;
    }
  }

  return {
    work,
    pass: () => {
      if (!isOpen) return;
      const { all } = awaiting.records;
      const isBusy = marked.size > all.length * backlogPart;
      const { changed, isListed } = looking.look(all, waiting);
      markUnread(changed);
      for (const record of waiting) {
        // A refused service is read again; the connections of a leaving one were just counted.
        record.isUnread ||= !isListed;
        marked.add(record);
      }
      waiting.clear();
      skipped = isBusy && isListed && skipped < mostSkipped ? skipped + 1 : 0;
      if (skipped === 0) markUnread(looking.nextUnread(all, isListed));
    },
    refresh: function* () {
      for (const record of isOpen ? awaiting.records.all : []) {
        read(record);
        marked.add(record);
        yield;
      }
    },
    forgetFormer: () => {
      looking.forget();
      turn.keep(awaiting.records.named);
    },
    clear: () => {
      const services = ipvs.services().filter((state) => isOurs(serviceKey(state)));
      const changes = ipvsChanges({ services, destinations: [] }, { services: [], destinations: [] }, isOurs);
      const results = ipvs.apply(changes.services, []);
      for (const { change, error } of results) if (error === undefined) mirror.note(change);
      for (const record of awaiting.records.all) record.left = leave([], []);
      return results.flatMap(({ error }) => error?.message ?? []).join('; ');
    },
    judgementOf: turn.judgementOf,
  };
};
