// The parameters of a virtual router in the election, and what follows from them alone: rank, and intervals. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';

/** A limit that the verdict on a split brain sets. The address owner has none. */
export type Restraint = {
  /** `await`: it does not succeed a master that is only silent. `yield`: it is not master at all. */
  readonly kind: 'await' | 'yield';
  readonly reason: string;
};

/** This router's parameters in the election. */
export type Self = {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly downAfter: number;
  readonly preempt: boolean;
  /** Why it must not preempt for now; absent if it may. The address owner is never held back. */
  readonly heldBack?: string;
  /** Why mastership is a peer's although that may not be heard; absent without such evidence. */
  readonly restraint?: Restraint;
  /** How long to wait before preempting a master of lower priority; absent for no wait. */
  readonly preemptDelay?: Milliseconds;
  /** Extra time that a starting router listens, because its link may not forward yet. */
  readonly startDelay?: Milliseconds;
  /** Primary address of the interface, which breaks ties between equal priorities. */
  readonly primaryAddress: IpAddress;
};

/** Another router of the same id, from its last advertisement. */
export type Peer = { readonly address: IpAddress; readonly priority: number };

export const ownerPriority = 255;
export const farewellPriority = 0;

/** Skew time: (256 - priority) / 256 of a second in version 2 (RFC 3768 6.1), of the master's interval in 3 (RFC 9568 6.1). */
export const skewTime = (self: Pick<Self, 'version' | 'priority'>, masterInterval: Milliseconds): Milliseconds =>
  milliseconds(((256 - self.priority) * (self.version === 2 ? 1000 : masterInterval)) / 256);

/** Master down interval: how long a master may be silent before it counts as dead (RFC 9568 6.1). */
export const masterDownInterval = (
  self: Pick<Self, 'version' | 'priority' | 'downAfter'>,
  masterInterval: Milliseconds,
): Milliseconds => milliseconds(self.downAfter * masterInterval + skewTime(self, masterInterval));

/** Compares two addresses of one family as unsigned numbers in network order, of 32 or 128 bits. */
const compareAddresses = (one: IpAddress, other: IpAddress): number => Buffer.compare(bytesOf(one), bytesOf(other));

/** Whether a peer's advertisement beats a master: higher priority, or the same and a higher primary address (RFC 9568 6.4.3). */
export const outranks = (peer: Peer, self: Pick<Self, 'priority' | 'primaryAddress'>): boolean =>
  peer.priority > self.priority ||
  (peer.priority === self.priority && compareAddresses(peer.address, self.primaryAddress) > 0);

/** Whether it takes over from a master of lower priority. */
export const preempts = ({ preempt, heldBack, priority }: Self): boolean =>
  preempt && (heldBack === undefined || priority === ownerPriority);
