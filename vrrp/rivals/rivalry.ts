// Evidence that another host is master beside this one: who, since when, and how it was seen. Pure; a rivalry lasts while
// at least one rival has been seen lately.

import { elapsed, formatDuration, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { DropReason } from '../protocol/drop-reason.ts';

/** One sight of another master. */
export type Evidence = {
  readonly interface: string;
  /** Where its advertisements come from, and what they say. */
  readonly source?: IpAddress;
  readonly priority?: number;
  /** Why its advertisements do not count here, where they do not. */
  readonly dropped?: DropReason;
  /** The virtual address that it claims to have, by ARP or neighbour discovery. */
  readonly address?: IpAddress;
  /** Where it is on the link, where that is known; and the other addresses that are known there. */
  readonly mac?: string;
  readonly neighbours?: readonly string[];
};

export type Rival = Evidence & {
  /** Wall times, milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
};

/** With the instants when it was seen first, and from which its silence means that it has gone. */
export type SeenRival = Rival & { readonly begun: Instant; readonly until: Instant };

/** Rivals by what makes them one. */
export type Rivalry = ReadonlyMap<string, SeenRival>;

export const noRivalry: Rivalry = new Map();

/** Rivals are told by the network: what is remembered of them is bounded. */
const mostRivals = 16;

const keyOf = ({ source, address, mac }: Evidence): string => source ?? `${address} ${mac}`;

/** What is known of the one that the evidence shows. */
export const rivalOf = (rivalry: Rivalry, evidence: Evidence): Rival | undefined => rivalry.get(keyOf(evidence));

/** Whether the evidence shows a rival that is not known yet, and may be remembered. */
export const isNews = (rivalry: Rivalry, evidence: Evidence): boolean =>
  !rivalry.has(keyOf(evidence)) && rivalry.size < mostRivals;

/**
 * Takes a sight of a rival.
 * @param patience how long it may be silent before it counts as gone.
 * @param wall milliseconds since the epoch.
 */
export const see = (
  rivalry: Rivalry,
  evidence: Evidence,
  patience: Milliseconds,
  now: Instant,
  wall: number,
): Rivalry => {
  const key = keyOf(evidence);
  const known = rivalry.get(key);
  if (known === undefined && rivalry.size >= mostRivals) return rivalry;
  const seen = { firstSeen: known?.firstSeen ?? wall, lastSeen: wall, count: (known?.count ?? 0) + 1 };
  return new Map([
    ...rivalry,
    [key, { ...known, ...evidence, ...seen, begun: known?.begun ?? now, until: later(now, patience) }],
  ]);
};

/** Forgets those that were not seen for as long as they may be silent. */
export const expire = (rivalry: Rivalry, now: Instant): Rivalry =>
  new Map([...rivalry].filter(([, { until }]) => until > now));

/** Forgets who advertises from an address. */
export const dismiss = (rivalry: Rivalry, source: IpAddress): Rivalry =>
  new Map([...rivalry].filter(([key]) => key !== source));

/** When {@link expire} next has something to forget. */
export const nextExpiry = (rivalry: Rivalry): Instant | undefined =>
  rivalry.size === 0 ? undefined : (Math.min(...[...rivalry.values()].map(({ until }) => until)) as Instant);

/** Whether somebody claims a virtual address on the link. */
export const hasClaims = (rivalry: Rivalry): boolean =>
  [...rivalry.values()].some(({ address }) => address !== undefined);

export const rivalsOf = (rivalry: Rivalry): Rival[] =>
  [...rivalry.values()].map(({ begun: _, until: __, ...rival }) => rival);

/** How long a rivalry lasted. */
export const describeSpan = (rivalry: Rivalry, now: Instant): string => {
  const begun = Math.min(...[...rivalry.values()].map(({ begun }) => begun)) as Instant;
  return formatDuration(milliseconds(Math.max(0, elapsed(begun, now))));
};
