// The services that await a turn: configurations and marks come in here, and service-turns.ts takes them.

import type { Mirror } from './mirror.ts';
import { type NamedService, noPlan, type PlanMemory, rememberNames } from './named-service.ts';
import { nameRecord, nextRecords, noRecords, type Records, type ServiceRecord } from './records.ts';

/** What marks and turns share. */
export type Awaiting = {
  records: Records;
  /** What is remembered of entries that are no longer configured. */
  plans: PlanMemory;
  /** Services to be judged in the next turn. */
  readonly marked: Set<ServiceRecord>;
  /** Services whose next turn depends on time, or whose last turn was refused. */
  readonly waiting: Set<ServiceRecord>;
  /** Whether some key may have become forgettable. */
  isGone: boolean;
};

export type MarksPorts = {
  readonly mirror: Pick<Mirror, 'has' | 'services'>;
  /** Logs an error once, however often it repeats; an empty text ends it. */
  readonly complain: (about: string, text: string) => void;
};

export type Marks = {
  readonly awaiting: Awaiting;
  readonly configure: (services: readonly NamedService[]) => void;
  /** Marks these services, or all, to be judged again. */
  readonly mark: (services?: Iterable<string>) => void;
  /** Marks all services to be read and judged again. */
  readonly markUnread: () => void;
  /** Whether a key belongs to an entry that exists or is about to be made. */
  readonly isKnown: (key: string) => boolean;
  /** Whether some key may have become forgettable since the last call. */
  readonly takeGone: () => boolean;
};

export const createMarks = ({ mirror, complain }: MarksPorts): Marks => {
  const awaiting: Awaiting = {
    records: noRecords,
    plans: noPlan,
    marked: new Set(),
    waiting: new Set(),
    isGone: false,
  };
  const { marked, waiting } = awaiting;

  return {
    awaiting,
    configure: (services) => {
      const before = awaiting.records.all;
      const records = nextRecords(awaiting.records, services, (key) => mirror.services.has(key));
      const configured = new Set(
        records.all.flatMap(({ named }) => [
          ...(named?.entries ?? []).map(({ key }) => key),
          ...(named?.destinations ?? []).map(({ key }) => key),
        ]),
      );
      awaiting.records = records;
      awaiting.plans = rememberNames(
        awaiting.plans,
        records.changed.flatMap(({ named }) => named ?? []),
        (key) => configured.has(key) || mirror.has(key),
      );
      const current = new Set(records.all);
      for (const record of before) if (!current.has(record)) complain(nameRecord(record), '');
      for (const set of [marked, waiting]) for (const record of set) if (!current.has(record)) set.delete(record);
      for (const record of records.changed) marked.add(record);
      awaiting.isGone = true;
    },
    mark: (services) => {
      const { all, named } = awaiting.records;
      const wanted = services === undefined ? all : [...services].flatMap((name) => named.get(name) ?? []);
      for (const record of wanted) marked.add(record);
    },
    markUnread: () => {
      for (const record of awaiting.records.all) {
        record.isUnread = true;
        marked.add(record);
      }
    },
    isKnown: (key) =>
      mirror.has(key) ||
      awaiting.records.all.some(({ left, retiredSince }) => left.services.has(key) || retiredSince.has(key)),
    takeGone: () => {
      const was = awaiting.isGone;
      awaiting.isGone = false;
      return was;
    },
  };
};
