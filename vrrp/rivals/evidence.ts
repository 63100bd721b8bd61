// What shows another master beside a router that is master: an advertisement that it hears, accepted or dropped, and a repeated
// claim of its addresses on the link. Pure.

import { elapsed, type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { farewellPriority, outranks, type Self } from '../election/parameters.ts';
import type { DropReason } from '../protocol/drop-reason.ts';
import type { Evidence } from './rivalry.ts';

/** A packet on the link that says that an address is at a MAC. */
export type Claim = {
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly mac: string;
};

/** What may show another master. A claim counts once it is repeated: a peer that preempts announces before it advertises. */
export type Sighting =
  | {
      readonly type: 'heard';
      readonly source: IpAddress;
      readonly priority: number;
      readonly interval: Milliseconds;
    }
  | {
      readonly type: 'dropped';
      readonly source: IpAddress;
      readonly priority: number;
      readonly reason: DropReason;
    }
  | { readonly type: 'claimed'; readonly claim: Claim };

export type Watcher = { readonly config: RouterConfig; readonly self: Self };

/** What a router has seen so far, of its watch. */
export type Observed = {
  /** Since when the router is master; absent while it is not. */
  readonly masterSince?: Instant;
  /** Claims of its addresses by others, and since when; they may still come from a peer that takes over. */
  readonly suspicions: ReadonlyMap<string, Instant>;
};

/** Drop reasons of packets that still show a master: of this virtual router, whole, and from the link. */
const telling: ReadonlySet<DropReason> = new Set([
  'owner',
  'version',
  'interval',
  'address-list',
  'authentication-type',
  'authentication-password',
  'authentication-missing',
  'authentication-unexpected',
  'authentication-key',
  'authentication-failed',
] as const);

/** Milliseconds for the packet of a takeover to arrive, and for a busy host to act on it. */
const slack = 100;

/** How long two masters may coexist in normal operation: until the next advertisement is heard. */
export const overlapOf = ({ advertisementInterval }: RouterConfig, interval = advertisementInterval): Milliseconds =>
  milliseconds(Math.max(advertisementInterval, interval) + slack);

/** A master that was just replaced may advertise once more before it hears of that (RFC 9568 6.4.3). */
export const isEstablished = (
  { masterSince }: Observed,
  config: RouterConfig,
  now: Instant,
  interval?: Milliseconds,
): boolean => masterSince !== undefined && elapsed(masterSince, now) > overlapOf(config, interval);

export const claimKey = ({ address, mac }: Claim): string => `${address} ${mac}`;

/** The evidence of another master in a sighting, if it is any. */
export const evidenceIn = (
  { config, self }: Watcher,
  watch: Observed,
  sighting: Sighting,
  now: Instant,
): Evidence | undefined => {
  switch (sighting.type) {
    case 'heard': {
      const { source, priority, interval } = sighting;
      if (!isEstablished(watch, config, now, interval)) return undefined;
      // This router yields to a peer that outranks it: most often that peer preempts, and there never were two masters. Only a
      // master sends a farewell.
      const isYielding = priority !== farewellPriority && outranks({ address: source, priority }, self);
      return isYielding ? undefined : { interface: config.interface, source, priority };
    }
    case 'dropped': {
      const { source, priority, reason } = sighting;
      if (!telling.has(reason) || priority === farewellPriority || !isEstablished(watch, config, now)) return undefined;
      return { interface: config.interface, source, priority, dropped: reason };
    }
    case 'claimed': {
      const { interfaceIndex: _, ...claim } = sighting.claim;
      const suspectedAt = watch.suspicions.get(claimKey(sighting.claim));
      if (suspectedAt === undefined || !isEstablished(watch, config, now)) return undefined;
      return elapsed(suspectedAt, now) >= overlapOf(config) ? claim : undefined;
    }
    default:
      return unreachable(sighting);
  }
};
