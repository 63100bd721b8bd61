// Sources whose advertisements are dropped: peers that drop each other are both master, and each should report it. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { DropReason } from './drop-reason.ts';

export type Refusal = {
  readonly source: IpAddress;
  /** `foreign-accepted`: accepted, although it is another pair's. */
  readonly reason: DropReason | 'foreign-accepted';
  /** Wall time of the last one, milliseconds since the epoch. */
  readonly at: number;
};

/** Most sources remembered, since they come from the network. */
const mostSources = 64;

/** Malformed or replayed packets are noise or an attack, and show nothing about a peer. */
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

/** A source that was not heard for this long is gone or repaired. */
const patienceOf = ({ downAfter, advertisementInterval }: RouterConfig): Milliseconds =>
  milliseconds(Math.max(10_000, 2 * downAfter * advertisementInterval));

/** The recent refusals; older ones are forgotten. */
export const recentRefusals = (refusals: Map<string, Refusal>, config: RouterConfig, wall: number): Refusal[] => {
  for (const [source, { at }] of refusals) if (Math.abs(wall - at) > patienceOf(config)) refusals.delete(source);
  return [...refusals.values()];
};
