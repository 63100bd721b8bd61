// Looks at the kernel's table: mirrors each reading, and finds services that changed since by the listing and by their settings.

import { type Clock, elapsed, later, milliseconds } from '../../base/units.ts';
import { destinationKey } from '../../kernel/ipvs/entries.ts';
import {
  countListed,
  detached,
  type ListedService,
  listedDestination,
  listedName,
  splitListing,
} from '../../kernel/ipvs/listing.ts';
import type { Ipvs } from '../../kernel/ipvs/table.ts';
import type { Log } from '../log/log.ts';
import type { Mirror } from './mirror.ts';
import { createRounds, type ServiceRecord } from './records.ts';

export type LookingPorts = {
  readonly ipvs: Pick<Ipvs, 'list' | 'settings' | 'read'>;
  /** Takes each reading. */
  readonly mirror: Mirror;
  /** Whether an entry may be changed and removed, by its key. */
  readonly isOurs: (key: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
};

/** What a look has found. */
export type Look = {
  /** Services that differ from their last reading. */
  readonly changed: readonly ServiceRecord[];
  /** Whether the kernel has a listing. */
  readonly isListed: boolean;
};

export type Looking = {
  /** Reads one service. @returns whether an entry of it has gone @throws KernelError */
  readonly read: (record: ServiceRecord) => boolean;
  /** Compares the kernel's listing with the last one, if that is due or a service waits, and counts connections by it. */
  readonly look: (records: readonly ServiceRecord[], waiting: ReadonlySet<ServiceRecord>) => Look;
  /** Compares a service that was written at the next look, even where another program has made it again what it was at the last. */
  readonly compareNext: (record: ServiceRecord) => void;
  /** The next services to be read again for what the listing lacks; without a listing, for everything. */
  readonly nextUnread: (records: readonly ServiceRecord[], isListed: boolean) => readonly ServiceRecord[];
  /** Forgets foreign entries that are gone. */
  readonly forget: () => void;
};

/**
 * Destinations whose settings are compared in each pass: a hundred a second, and at least as many that all are within ten
 * seconds. Where the kernel has no listing they are read: up to a thousand a second.
 */
const comparedAllowance = 50;
const passesForAll = 20;
const unlistedAllowance = 500;
/** The pause between two looks at the listing, as a multiple of a look's duration; limited to one look a second. */
const lookShare = 50;
const longestPause = milliseconds(900);

const unlisted: ListedService = { head: '', destinations: '' };

export const createLooking = ({ ipvs, mirror, isOurs, clock, log }: LookingPorts): Looking => {
  const foreign = new Set<string>();
  const nextDue = createRounds();
  let lookDueAt = clock();
  let last: { readonly text: string; readonly records: readonly ServiceRecord[] } | undefined;

  /** Takes the listed connections of an entry. @returns whether the entry is as it was read last */
  const take = (key: string, found: ListedService, before: ListedService | undefined): boolean => {
    const lines = countListed(found);
    const { destinations } = mirror.contents([key]);
    let isSame = lines.size === destinations.length && (before === undefined || before.head === found.head);
    for (const state of destinations) {
      const counted = lines.get(listedDestination(state));
      if (counted === undefined) isSame = false;
      else mirror.count(destinationKey(state), counted.active, counted.inactive);
    }
    return isSame && (found.head !== '') === mirror.services.has(key);
  };

  const compareNext = (record: ServiceRecord): void => {
    record.listed.clear();
    record.settings.clear();
    last = undefined;
  };

  const compareListing = (records: readonly ServiceRecord[], waiting: ReadonlySet<ServiceRecord>): Look => {
    const text = ipvs.list();
    if (text === undefined) return { changed: [], isListed: false };
    if (text === last?.text && records === last.records && waiting.size === 0) return { changed: [], isListed: true };
    last = { text, records };
    const listed = splitListing(text);
    const changed: ServiceRecord[] = [];
    for (const record of records)
      for (const [key, address] of record.entries) {
        const found = listed.get(listedName(address)) ?? unlisted;
        const before = record.listed.get(key);
        if (before?.head === found.head && before.destinations === found.destinations && !waiting.has(record)) continue;
        record.listed.set(key, detached(found));
        if (!take(key, found, before)) changed.push(record);
      }
    for (const record of changed) compareNext(record);
    return { changed, isListed: true };
  };

  /** Whether an entry has other settings than when it was compared last. */
  const hasOtherSettings = ({ entries, settings }: ServiceRecord): boolean => {
    let isOther = false;
    for (const [key, address] of entries) {
      let found: string | undefined;
      try {
        found = ipvs.settings(address);
      } catch {
        // The reading that follows has the error.
      }
      if (found !== undefined && settings.get(key) === found) continue;
      if (found === undefined) settings.delete(key);
      else settings.set(key, found);
      isOther = true;
    }
    return isOther;
  };

  return {
    read: (record) => {
      let hasGone = false;
      for (const [key, address] of record.entries) {
        const found = ipvs.read(address);
        hasGone ||= found === undefined && mirror.services.has(key);
        mirror.take(key, found);
        for (const state of found?.destinations ?? []) {
          const name = destinationKey(state);
          if (isOurs(name) || foreign.has(name)) continue;
          foreign.add(name);
          const text = `${name} is not in the configuration: it stays, without health checks`;
          log('warn', { process: 'ipvs', event: 'ipvs-foreign' }, text);
        }
      }
      return hasGone;
    },
    look: (records, waiting) => {
      const startedAt = clock();
      if (startedAt < lookDueAt && waiting.size === 0) return { changed: [], isListed: true };
      const look = compareListing(records, waiting);
      lookDueAt = later(startedAt, milliseconds(Math.min(lookShare * elapsed(startedAt, clock()), longestPause)));
      return look;
    },
    compareNext,
    nextUnread: (records, isListed) => {
      if (!isListed) return nextDue(records, unlistedAllowance);
      const all = records.reduce((sum, { size }) => sum + size + 1, 0);
      return nextDue(records, Math.max(comparedAllowance, Math.ceil(all / passesForAll))).filter(hasOtherSettings);
    },
    forget: () => {
      for (const key of foreign) if (!mirror.has(key)) foreign.delete(key);
    },
  };
};
