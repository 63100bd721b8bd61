// When a master announces its addresses: at once, again 1.1 s later, then periodically. Pure.

import { type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';

/** A master's pending announcements, soonest first. */
export type Announcements = { readonly due: readonly Instant[]; readonly last?: Instant };

/** Second gratuitous ARP: Linux neighbours ignore repeated updates for at least one second (locktime); plus a margin. */
const repeatAfter = milliseconds(1100);

/** Least time between announcements on evidence of confusion, so that a storm of packets causes no storm of ARP. */
const leastGap = milliseconds(1000);

/** The announcements of a router that has just become master, and announces with that. */
export const announceTakeover = (now: Instant): Announcements => ({ due: [later(now, repeatAfter)], last: now });

/** Announces again because neighbours may have been misled, unless that was done or is due within the gap. */
export const announceOnEvidence = (announcements: Announcements, now: Instant): Announcements => {
  const { due, last } = announcements;
  const at = last === undefined ? now : (Math.max(now, last + leastGap) as Instant);
  const isComing = due.some((instant) => instant <= at);
  return isComing ? announcements : { ...announcements, due: [at, ...due] };
};

/**
 * Takes the announcements that are due.
 * @param every period of the refresh; 0 for none.
 * @returns whether to announce now, and what is still pending.
 */
export const takeDue = (
  announcements: Announcements,
  now: Instant,
  every: Milliseconds,
): readonly [boolean, Announcements] => {
  const coming = announcements.due.filter((instant) => instant > now);
  if (coming.length === announcements.due.length) return [false, announcements];
  const due = coming.length === 0 && every > 0 ? [later(now, every)] : coming;
  return [true, { due, last: now }];
};

/** Puts pending announcements off until that instant. */
export const postpone = ({ due, ...rest }: Announcements, until: Instant): Announcements => ({
  ...rest,
  due: due.map((instant) => Math.max(instant, until) as Instant),
});

/** When {@link takeDue} next has something due. */
export const nextAnnouncement = (announcements: Announcements): Instant | undefined => announcements.due[0];
