// A router's watch for other masters beside it: evidence begins a split brain, and its silence ends it. Pure.

import { type Bucket, type Rate, takeToken } from '../../base/tokens.ts';
import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { farewellPriority, masterDownInterval } from '../election/parameters.ts';
import { describeRival } from '../event-text.ts';
import type { VrrpEventBody } from '../events.ts';
import {
  type Claim,
  claimKey,
  evidenceIn,
  isEstablished,
  type Observed,
  overlapOf,
  type Sighting,
  type Watcher,
} from './evidence.ts';
import {
  describeSpan,
  dismiss,
  expire,
  hasClaims,
  isNews,
  nextExpiry,
  noRivalry,
  type Rivalry,
  rivalOf,
  rivalsOf,
  see,
  type Whereabouts,
} from './rivalry.ts';

export type RivalWatch = Observed & {
  /** Other masters seen beside it, and how often that has begun. */
  readonly rivalry: Rivalry;
  readonly splitBrains: number;
  /** When to probe for their claims again. */
  readonly probeAt?: Instant;
  /** The begin of this split brain was reported, so its end is reported too. */
  readonly isReported?: true;
  readonly reports?: Bucket;
};

export const noWatch: RivalWatch = { rivalry: noRivalry, splitBrains: 0, suspicions: new Map() };

/** A sighting, and where the kernel knows its sender to be. */
export type LocatedSighting = Sighting & { readonly found?: Whereabouts | undefined };

export type Finding =
  | Omit<Extract<VrrpEventBody, { readonly type: 'split-brain' }>, 'router'>
  /** Neighbours may have been misled: the addresses are announced again. */
  | { readonly type: 'reannounce' }
  /** Ask on the link for other holders of the addresses. */
  | { readonly type: 'probe' };

export type Watched = readonly [RivalWatch, readonly Finding[]];

/** A claim is probed for this often, and counts as gone after three probes in a row without an answer. */
const probeEvery = milliseconds(2000);
const claimPatience = milliseconds(3.5 * probeEvery);

/** New rivals are reported, and answered by an announcement, at this rate: senders choose their source. */
const reportRate: Rate = { burst: 8, refillEvery: milliseconds(2000) };

/** Most suspicions remembered, since they come from the network. */
const mostSuspicions = 64;

const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

const patienceOf = ({ config, self }: Watcher, sighting: Sighting): Milliseconds => {
  if (sighting.type === 'claimed') return claimPatience;
  const interval = sighting.type === 'heard' ? sighting.interval : config.advertisementInterval;
  return masterDownInterval({ ...self, priority: 1 }, milliseconds(Math.max(interval, 1)));
};

const end = (watch: RivalWatch, why: string, now: Instant): Watched => {
  const { rivalry, probeAt: _, isReported, ...rest } = watch;
  if (rivalry.size === 0) return [watch, []];
  const ended: RivalWatch = { ...rest, rivalry: noRivalry, suspicions: new Map() };
  if (isReported === undefined) return [ended, []];
  const isMaster = watch.masterSince !== undefined;
  const text = `${why}, after ${describeSpan(rivalry, now)}${isMaster ? '; the addresses are announced again' : ''}`;
  const report: Finding = { type: 'split-brain', phase: 'ended', rivals: rivalsOf(rivalry), text };
  return [ended, isMaster ? [report, { type: 'reannounce' }] : [report]];
};

const suspect = ({ config }: Watcher, watch: RivalWatch, claim: Claim, now: Instant): RivalWatch => ({
  ...watch,
  ...(watch.suspicions.size < mostSuspicions && { suspicions: new Map([...watch.suspicions, [claimKey(claim), now]]) }),
  probeAt: watch.probeAt ?? later(now, overlapOf(config)),
});

/**
 * Watches what a router saw, before the election handles it.
 * @param wall milliseconds since the epoch.
 */
export const watchSighting = (
  watcher: Watcher,
  watch: RivalWatch,
  sighting: LocatedSighting,
  now: Instant,
  wall: number,
): Watched => {
  const evidence = evidenceIn(watcher, watch, sighting, now);
  if (evidence === undefined) {
    const isSuspicious =
      sighting.type === 'claimed' &&
      isEstablished(watch, watcher.config, now) &&
      !watch.suspicions.has(claimKey(sighting.claim));
    return [isSuspicious ? suspect(watcher, watch, sighting.claim, now) : watch, []];
  }
  const isNew = isNews(watch.rivalry, evidence);
  const isFirst = watch.rivalry.size === 0;
  const whole = { ...evidence, ...sighting.found };
  const rivalry = see(watch.rivalry, whole, patienceOf(watcher, sighting), now, wall);
  // A split brain whose begin exceeded the rate is reported at a later sighting.
  const isDueNow = isNew || watch.isReported === undefined;
  const [reports, isTaken] = isDueNow ? takeToken(watch.reports, reportRate, now) : [watch.reports, false];
  const seen: RivalWatch = {
    ...watch,
    rivalry,
    splitBrains: watch.splitBrains + (isNew && isFirst ? 1 : 0),
    ...(reports && { reports }),
    ...(isTaken && { isReported: true as const }),
  };
  const phase = watch.isReported ? 'widened' : 'begun';
  const begun: readonly Finding[] = isTaken
    ? [{ type: 'split-brain', phase, rivals: rivalsOf(rivalry), text: describeRival(whole) }, { type: 'reannounce' }]
    : [];
  if (sighting.type === 'claimed') {
    // Claims mislead neighbours, so announces again; ever more rarely, since two masters that answer each other flood them.
    const isDue = (!isNew || isTaken) && isPowerOfTwo(rivalOf(rivalry, evidence)?.count ?? 0);
    return [seen, isDue ? [...begun, { type: 'reannounce' }] : begun];
  }
  if (sighting.priority !== farewellPriority) return [seen, begun];
  const others = dismiss(rivalry, sighting.source);
  if (others.size > 0) return [{ ...seen, rivalry: others }, begun];
  const [ended, findings] = end(seen, `${sighting.source} has given way`, now);
  return [ended, [...begun, ...findings]];
};

/** The router is master from now on. */
export const watchAsMaster = (watch: RivalWatch, now: Instant): RivalWatch => ({ ...watch, masterSince: now });

/** The router is no longer master, so its split brain is over. */
export const endWatch = (watch: RivalWatch, reason: string, now: Instant): Watched => {
  const { masterSince: _, ...rest } = watch;
  const [{ probeAt: __, ...ended }, findings] = end(rest, `this router is no longer master (${reason})`, now);
  return [{ ...ended, suspicions: new Map() }, findings];
};

/** Forgets silent rivals, and probes again for those that claim an address. */
export const settleWatch = (watch: RivalWatch, now: Instant): Watched => {
  if (watch.rivalry.size === 0 && watch.probeAt === undefined) return [watch, []];
  const rivalry = expire(watch.rivalry, now);
  const [settled, findings] =
    rivalry.size === 0
      ? end(watch, 'no other master is seen any more', now)
      : [{ ...watch, rivalry }, [] as readonly Finding[]];
  const { probeAt, ...rest } = settled;
  if (probeAt === undefined || probeAt > now) return [settled, findings];
  const suspicions = new Map([...settled.suspicions].filter(([, at]) => elapsed(at, now) <= claimPatience));
  if (!hasClaims(settled.rivalry) && suspicions.size === 0) return [{ ...rest, suspicions }, findings];
  return [{ ...rest, suspicions, probeAt: later(now, probeEvery) }, [...findings, { type: 'probe' }]];
};

/** When {@link settleWatch} next has something to do. */
export const nextSettling = ({ rivalry, probeAt }: RivalWatch): Instant | undefined => {
  const expiry = nextExpiry(rivalry);
  if (expiry === undefined || probeAt === undefined) return expiry ?? probeAt;
  return Math.min(expiry, probeAt) as Instant;
};
