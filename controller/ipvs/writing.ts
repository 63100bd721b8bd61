// Writes the planned changes of several services into the kernel, in portions, and logs each with its reason.

import type { IpvsChanges } from '../../kernel/ipvs/changes.ts';
import { destinationKey, serviceKey } from '../../kernel/ipvs/entries.ts';
import type { Ipvs, IpvsChange } from '../../kernel/ipvs/table.ts';
import type { Log } from '../log/log.ts';
import { describeChange } from './change-text.ts';
import type { Mirror } from './mirror.ts';
import type { ServiceRecord } from './records.ts';
import { byKey, describeTampering, type LeftByKey } from './tampering.ts';
import type { TurnPlan } from './turn.ts';

/** The changes that a turn makes to a service. */
export type Planned = { readonly record: ServiceRecord; readonly plan: TurnPlan; readonly changes: IpvsChanges };

export type WritingPorts = {
  readonly ipvs: Pick<Ipvs, 'apply'>;
  readonly mirror: Pick<Mirror, 'note'>;
  /** The names of entries for the log, by their keys. */
  readonly names: ReadonlyMap<string, string>;
  readonly log: Log;
};

/** A portion has at most this many changes of destinations. */
export const changesPerPortion = 128;

/** The portions in the order that never leaves a service empty: services are made by the first, and removed by the last. */
export const portionsOf = (batch: readonly IpvsChanges[]): readonly IpvsChanges[] => {
  const services = batch.flatMap((changes) => changes.services);
  const destinations = batch.flatMap((changes) => changes.destinations);
  const removed = services.filter(({ type }) => type === 'remove');
  const made = services.filter(({ type }) => type !== 'remove');
  const count = Math.max(1, Math.ceil(destinations.length / changesPerPortion));
  return Array.from({ length: count }, (_, index) => ({
    services: [...(index === 0 ? made : []), ...(index === count - 1 ? removed : [])],
    destinations: destinations.slice(index * changesPerPortion, (index + 1) * changesPerPortion),
  }));
};

const keyOf = ({ entry }: IpvsChange): string => ('service' in entry ? destinationKey(entry) : serviceKey(entry));

/** Logs a change and its reason. @param left by the turn before; undefined in the first turn */
const logChange = (
  change: IpvsChange,
  { plan: { leaving } }: Planned,
  left: LeftByKey | undefined,
  { names, log }: WritingPorts,
): void => {
  const key = keyOf(change);
  const name = names.get(key);
  const tampering = left && describeTampering(change, left);
  // The removal of a drained destination is logged by its drain.
  if (tampering === undefined && leaving.some((one) => one.isLast && one.key === key)) return;
  const about = { process: 'ipvs', ...(name && { subject: name }) } as const;
  const text = describeChange(change);
  if (tampering === undefined) log('info', { ...about, event: 'ipvs-change' }, text);
  else log('warn', { ...about, event: 'ipvs-tampering' }, `${text}: ${tampering}`);
};

/** Applies the changes, with a step between two portions. @returns the refusals of each service, as text */
export function* write(
  batch: readonly Planned[],
  ports: WritingPorts,
): Generator<void, ReadonlyMap<Planned, readonly string[]>> {
  const owners = new Map<IpvsChange, Planned>();
  for (const one of batch)
    for (const change of [...one.changes.services, ...one.changes.destinations]) owners.set(change, one);
  const refusals = new Map<Planned, string[]>(batch.map((one) => [one, []]));
  const lefts = new Map<Planned, LeftByKey>();
  const leftBefore = (one: Planned): LeftByKey | undefined => {
    if (one.record.isNew) return undefined;
    const known = lefts.get(one) ?? byKey(one.record.left);
    lefts.set(one, known);
    return known;
  };
  for (const [index, { services, destinations }] of portionsOf(batch.map(({ changes }) => changes)).entries()) {
    if (index > 0) yield;
    for (const { change, error } of ports.ipvs.apply(services, destinations)) {
      const owner = owners.get(change);
      if (owner === undefined) continue;
      if (error !== undefined) {
        refusals.get(owner)?.push(error.message);
        owner.record.isUnread = true;
        continue;
      }
      ports.mirror.note(change);
      logChange(change, owner, leftBefore(owner), ports);
    }
  }
  return refusals;
}
