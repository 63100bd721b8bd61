// Who is heard and not believed: peers that drop each other are both master, and each of them should say so. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { DropReason } from './drop-reason.ts';

export type Refusal = {
  readonly source: string;
  /** Accepted: it counts, although it is another pair's. */
  readonly reason: DropReason | 'foreign-accepted';
  /** Wall time of the last one, milliseconds since the epoch. */
  readonly at: number;
};

/** Sources come from the network: what is remembered of them is bounded. */
const mostSources = 64;

/** What is no whole advertisement, or was heard before, is noise or an attack and says nothing of a peer. */
const noise: ReadonlySet<Refusal['reason']> = new Set([
  'truncated',
  'length',
  'type',
  'authentication-replayed',
] as const);

export const noteRefusal = (refusals: Map<string, Refusal>, refusal: Refusal): void => {
  if (noise.has(refusal.reason)) return;
  if (!refusals.has(refusal.source) && refusals.size >= mostSources) return;
  refusals.set(refusal.source, refusal);
};

/** A source that was not heard for this long has gone, or was mended. */
const patienceOf = ({ downAfter, advertisementInterval }: RouterConfig): Milliseconds =>
  milliseconds(Math.max(10_000, 2 * downAfter * advertisementInterval));

/** Those of late; older ones are forgotten. */
export const recentRefusals = (refusals: Map<string, Refusal>, config: RouterConfig, wall: number): Refusal[] => {
  for (const [source, { at }] of refusals) if (Math.abs(wall - at) > patienceOf(config)) refusals.delete(source);
  return [...refusals.values()];
};
