// Evidence that another host is master beside this one: which, since when, and how it was seen. Pure; a rivalry lasts while
// at least one rival has been seen recently.

import { elapsed, formatDuration, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { DropReason } from '../protocol/drop-reason.ts';

/** One observation of another master. */
export type Evidence = {
  readonly interface: string;
  /** Source and priority of its advertisements. */
  readonly source?: IpAddress;
  readonly priority?: number;
  /** Why its advertisements are dropped here, if they are. */
  readonly dropped?: DropReason;
  /** The virtual address that it claims by ARP or neighbour discovery. */
  readonly address?: IpAddress;
  /** Its MAC on the link, if known; and other addresses known at that MAC. */
  readonly mac?: string;
  readonly neighbours?: readonly string[];
};

/** Where the kernel knows a rival to be. */
export type Whereabouts = Pick<Evidence, 'mac' | 'neighbours'>;

export type Rival = Evidence & {
  /** Wall times, milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
};

/** A rival with the instants when it was first seen, and when its silence means that it is gone. */
export type SeenRival = Rival & { readonly begun: Instant; readonly until: Instant };

/** Rivals by source, or by claimed address and MAC. */
export type Rivalry = ReadonlyMap<string, SeenRival>;

export const noRivalry: Rivalry = new Map();

/** Most rivals remembered, since they come from the network. */
const mostRivals = 16;

const keyOf = ({ source, address, mac }: Evidence): string => source ?? `${address} ${mac}`;

/** The known rival that the evidence shows. */
export const rivalOf = (rivalry: Rivalry, evidence: Evidence): Rival | undefined => rivalry.get(keyOf(evidence));

/** Whether the evidence shows a new rival, and there is room to remember it. */
export const isNews = (rivalry: Rivalry, evidence: Evidence): boolean =>
  !rivalry.has(keyOf(evidence)) && rivalry.size < mostRivals;

/** Whether the kernel is to be asked where the rival is: it is new, or was not found yet. */
export const isUnlocated = (rivalry: Rivalry, evidence: Evidence): boolean =>
  isNews(rivalry, evidence) || rivalOf(rivalry, evidence)?.mac === undefined;

/**
 * Records an observation of a rival.
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

/** Forgets rivals that were silent for longer than their patience. */
export const expire = (rivalry: Rivalry, now: Instant): Rivalry =>
  new Map([...rivalry].filter(([, { until }]) => until > now));

/** Forgets the rival that advertises from an address. */
export const dismiss = (rivalry: Rivalry, source: IpAddress): Rivalry =>
  new Map([...rivalry].filter(([key]) => key !== source));

/** When {@link expire} next has something to forget. */
export const nextExpiry = (rivalry: Rivalry): Instant | undefined =>
  rivalry.size === 0 ? undefined : (Math.min(...[...rivalry.values()].map(({ until }) => until)) as Instant);

/** Whether another host claims a virtual address on the link. */
export const hasClaims = (rivalry: Rivalry): boolean =>
  [...rivalry.values()].some(({ address }) => address !== undefined);

export const rivalsOf = (rivalry: Rivalry): Rival[] =>
  [...rivalry.values()].map(({ begun: _, until: __, ...rival }) => rival);

/** How long a rivalry lasted. */
export const describeSpan = (rivalry: Rivalry, now: Instant): string => {
  const begun = Math.min(...[...rivalry.values()].map(({ begun }) => begun)) as Instant;
  return formatDuration(milliseconds(Math.max(0, elapsed(begun, now))));
};
