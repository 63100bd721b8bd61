// From what a router tracks to its effective priority, or to the faults that keep it from running. Pure.

import type { TrackedKind } from '../../config/model/tracking-model.ts';
import { ownerPriority } from '../election/election.ts';

/** What is known of a tracked item; `unknown` while nobody has looked yet. */
export type ItemState = {
  readonly state: 'up' | 'down' | 'unknown';
  /** What a file holds. */
  readonly value?: number;
  /** In words that follow the item's name: `has no carrier`. */
  readonly reason: string;
};

/** An item with the weight that it has for one router. */
export type Tracked = { readonly kind: TrackedKind; readonly name: string; readonly weight: number };

export type Judgement = {
  readonly base: number;
  readonly effective: number;
  /** Why the router may not run. */
  readonly faults: readonly string[];
  /** What must be known before the router may start. */
  readonly awaited: readonly string[];
  /** What raises or lowers the priority, and by how much before the sum is kept within bounds. */
  readonly changes: readonly { readonly item: string; readonly by: number; readonly reason: string }[];
};

/** How an item is called: its key among all items, and its name in logs. */
export const itemKey = ({ kind, name }: Pick<Tracked, 'kind' | 'name'>): string =>
  kind === 'route' && name === '0.0.0.0/0' ? 'route default' : `${kind} ${name}`;

export const unseen: ItemState = { state: 'unknown', reason: 'has not been looked at yet' };

/** A priority within what an advertisement of a router that owns nothing may carry (RFC 9568 5.2.4). */
const clamp = (priority: number): number => Math.min(ownerPriority - 1, Math.max(1, priority));

/** No weight reaches further: a file whose product is below it is a fault. */
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
 * Judges a router by the states of what it tracks. The effective priority is the base and the weights, within 1 to 254; an
 * address owner's never changes.
 */
export const judge = (
  base: number,
  items: readonly Tracked[],
  stateOf: (key: string) => ItemState | undefined,
): Judgement => {
  const seen = items.map((item) => {
    const key = itemKey(item);
    const state = stateOf(key) ?? unseen;
    const fault = isFault(item.weight, state);
    const by = fault ? 0 : contributionOf(item.weight, state);
    return { item: key, by, fault, awaited: item.weight === 0 && state.state === 'unknown', reason: state.reason };
  });
  const sum = seen.reduce((total, { by }) => total + by, base);
  return {
    base,
    effective: base === ownerPriority ? base : clamp(sum),
    faults: seen.filter(({ fault }) => fault).map(({ item, reason }) => `${item} ${reason}`),
    awaited: seen.filter(({ awaited }) => awaited).map(({ item, reason }) => `${item} ${reason}`),
    changes:
      base === ownerPriority
        ? []
        : seen.filter(({ by }) => by !== 0).map(({ item, by, reason }) => ({ item, by, reason })),
  };
};
