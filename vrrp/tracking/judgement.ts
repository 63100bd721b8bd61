// Computes a router's effective priority, or the faults that keep it from running, from its tracked items. Pure.

import type { TrackedKind } from '../../config/model/tracking-model.ts';
import { ownerPriority } from '../election/parameters.ts';

/** The known state of a tracked item; `unknown` before the first look at it. */
export type ItemState = {
  readonly state: 'up' | 'down' | 'unknown';
  /** The number in a tracked file. */
  readonly value?: number;
  /** Readable text to follow the item's name: `has no carrier`. */
  readonly reason: string;
};

/** An item with its weight for one router. */
export type Tracked = { readonly kind: TrackedKind; readonly name: string; readonly weight: number };

export type PriorityJudgement = {
  readonly base: number;
  readonly effective: number;
  /** Why the router may not run. */
  readonly faults: readonly string[];
  /** All of them are interfaces that are down. */
  readonly areFaultsOfLinks?: true;
  /** What must be known before the router may start. */
  readonly awaited: readonly string[];
  /** What raises or lowers the priority, and by how much before the sum is limited. */
  readonly changes: readonly { readonly item: string; readonly by: number; readonly reason: string }[];
};

/** An item's key among all items, and its name in logs. */
export const itemKey = ({ kind, name }: Pick<Tracked, 'kind' | 'name'>): string =>
  kind === 'route' && name === '0.0.0.0/0' ? 'route default' : `${kind} ${name}`;

export const unseen: ItemState = { state: 'unknown', reason: 'has not been looked at yet' };

/** Limits a priority to the range for a router that is no address owner (RFC 9568 5.2.4). */
const clamp = (priority: number): number => Math.min(ownerPriority - 1, Math.max(1, priority));

/** The greatest weight: a file whose weight times value is below its negative is a fault. */
const greatestWeight = 253;

const contributionOf = (weight: number, { state, value }: ItemState): number => {
  if (state === 'unknown') return 0;
  if (value !== undefined) return weight * value;
  return weight > 0 === (state === 'up') ? weight : 0;
};

const isFault = (weight: number, { state, value }: ItemState): boolean => {
  if (state === 'unknown') return false;
  if (value !== undefined) return weight === 0 ? value !== 0 : weight * value < -greatestWeight;
  return weight === 0 && state === 'down';
};

/**
 * Judges a router by the states of its tracked items. The effective priority is the base plus the weights, from 1 to 254; an
 * address owner's never changes.
 */
export const judge = (
  base: number,
  items: readonly Tracked[],
  stateOf: (key: string) => ItemState | undefined,
): PriorityJudgement => {
  const seen = items.map((item) => {
    const key = itemKey(item);
    const state = stateOf(key) ?? unseen;
    const fault = isFault(item.weight, state);
    const by = fault ? 0 : contributionOf(item.weight, state);
    return {
      kind: item.kind,
      item: key,
      by,
      fault,
      awaited: item.weight === 0 && state.state === 'unknown',
      reason: state.reason,
    };
  });
  const faults = seen.filter(({ fault }) => fault);
  const sum = seen.reduce((total, { by }) => total + by, base);
  return {
    base,
    effective: base === ownerPriority ? base : clamp(sum),
    faults: faults.map(({ item, reason }) => `${item} ${reason}`),
    ...(faults.length > 0 && faults.every(({ kind }) => kind === 'interface') && { areFaultsOfLinks: true as const }),
    awaited: seen.filter(({ awaited }) => awaited).map(({ item, reason }) => `${item} ${reason}`),
    changes:
      base === ownerPriority
        ? []
        : seen.filter(({ by }) => by !== 0).map(({ item, by, reason }) => ({ item, by, reason })),
  };
};

/** Why a router must not start; undefined if it may. */
export const obstacleIn = ({ faults, awaited }: PriorityJudgement): string | undefined => {
  if (faults.length > 0) return faults.join('; ');
  return awaited.length > 0 ? `waits, because ${awaited.join('; ')}` : undefined;
};
