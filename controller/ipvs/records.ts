// What a director remembers of each virtual service between turns, and the order in which services are read again. Pure data.

import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../base/units.ts';
import type { ServiceAddress } from '../../kernel/ipvs/entries.ts';
import type { ListedService } from '../../kernel/ipvs/listing.ts';
import type { DrainMemory } from './drain-watch.ts';
import type { NamedService } from './named-service.ts';
import { noMemory, type ServiceMemory } from './service-judgement.ts';
import { carryMemory } from './service-memory.ts';
import { type Left, nothingLeft } from './tampering.ts';

/** One virtual service: a configured one with all its addresses, or one kernel entry that is no longer configured. */
export type ServiceRecord = {
  /** Undefined once it is no longer configured. */
  readonly named: NamedService | undefined;
  /** The service's entries in the kernel, by {@link serviceKey}. */
  readonly entries: ReadonlyMap<string, ServiceAddress>;
  memory: ServiceMemory;
  left: Left;
  retiredSince: ReadonlyMap<string, Instant>;
  drains: DrainMemory;
  /** Whether the kernel must be read before the next turn. */
  isUnread: boolean;
  /** Whether its first turn is still to come. */
  isNew: boolean;
  /** The last listing of its entries, by {@link serviceKey}. */
  readonly listed: Map<string, ListedService>;
  /** The settings of its entries when they were compared last, by {@link serviceKey}. */
  readonly settings: Map<string, string>;
  /** Destinations wanted by the last turn: the cost of a reading. */
  size: number;
};

export const recordOf = (
  named: NamedService | undefined,
  entries: ReadonlyMap<string, ServiceAddress>,
): ServiceRecord => ({
  named,
  entries,
  memory: noMemory,
  left: nothingLeft,
  retiredSince: new Map(),
  drains: new Map(),
  isUnread: true,
  isNew: true,
  listed: new Map(),
  settings: new Map(),
  size: named?.destinations.length ?? 0,
});

/** A service in an error: its entries. */
export const nameRecord = ({ entries }: ServiceRecord): string => `service ${[...entries.keys()].join(', ')}`;

/** Carries over what earlier turns recorded about these entries. */
const continueFrom = (record: ServiceRecord, before: readonly ServiceRecord[]): ServiceRecord => {
  for (const one of before) {
    record.isNew &&= one.isNew;
    record.retiredSince = new Map([...record.retiredSince, ...one.retiredSince]);
    record.drains = new Map([...record.drains, ...one.drains]);
    record.left = {
      services: new Map([...record.left.services, ...one.left.services]),
      destinations: [...record.left.destinations, ...one.left.destinations],
    };
  }
  const service = record.named?.service;
  const former = before.filter(({ named }) => named !== undefined);
  const known = former.find(({ named }) => named?.service.name === service?.name) ?? former[0];
  if (service !== undefined && known?.named !== undefined)
    record.memory = carryMemory(known.memory, known.named.service, service);
  return record;
};

export type Records = {
  readonly all: readonly ServiceRecord[];
  /** By the names of the services. */
  readonly named: ReadonlyMap<string, ServiceRecord>;
  /** Records that are new or changed in the new configuration. */
  readonly changed: readonly ServiceRecord[];
};

export const noRecords: Records = { all: [], named: new Map(), changed: [] };

/**
 * The records of a new configuration; those of unchanged services are kept as they are.
 * @param isHeld whether the kernel has an entry under the key of a service that is no longer configured
 */
export const nextRecords = (
  before: Records,
  services: readonly NamedService[],
  isHeld: (key: string) => boolean,
): Records => {
  const owners = new Map(
    before.all.flatMap((record) => [...record.entries.keys()].map((key) => [key, record] as const)),
  );
  const changed: ServiceRecord[] = [];
  const configured = services.map((named) => {
    const known = before.named.get(named.service.name);
    if (known?.named !== undefined && isDeepStrictEqual(known.named.service, named.service)) return known;
    const record = recordOf(named, new Map(named.entries.map(({ key, entry }) => [key, entry])));
    const earlier = new Set([...record.entries.keys()].flatMap((key) => owners.get(key) ?? []));
    if (known !== undefined) earlier.add(known);
    changed.push(continueFrom(record, [...earlier]));
    return record;
  });
  const taken = new Set(configured.flatMap((record) => [...record.entries.keys()]));
  const retired = [...owners].flatMap(([key, owner]) => {
    const address = owner.entries.get(key);
    if (taken.has(key) || address === undefined || !isHeld(key)) return [];
    if (owner.named === undefined) return [owner];
    const record = continueFrom(recordOf(undefined, new Map([[key, address]])), [owner]);
    changed.push(record);
    return [record];
  });
  return {
    all: [...configured, ...retired],
    named: new Map(configured.map((record) => [record.named?.service.name ?? '', record])),
    changed,
  };
};

/** Cycles through the records for re-reading. A reading costs the service's number of destinations plus one. */
export const createRounds = (): ((
  records: readonly ServiceRecord[],
  /** Destinations a round; a larger service is read less often, so that the mean holds. */
  allowance: number,
) => readonly ServiceRecord[]) => {
  let position = 0;
  let credit = 0;
  return (records, allowance) => {
    credit = Math.min(credit + allowance, allowance);
    const due: ServiceRecord[] = [];
    while (credit > 0 && due.length < records.length) {
      const record = records[position % records.length];
      if (record === undefined) break;
      position = (position + 1) % records.length;
      credit -= record.size + 1;
      due.push(record);
    }
    return due;
  };
};
