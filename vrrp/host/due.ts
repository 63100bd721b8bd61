// When a host is due: at the deadlines of its routers, or at the end of the grace period after it was paused; when addresses are
// announced again, and when other masters are looked for. Pure.

import { type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import { nextAnnouncement } from '../announce/announcement.ts';
import { deadlineOf, hasOverslept, type RouterState } from '../election/router-state.ts';
import { pauseOf } from '../election/standstill.ts';
import type { Member } from '../election/sync-group.ts';
import { nextSettling } from '../rivals/rivals.ts';
import { type Host, memberOf } from './host.ts';

const isPatient = ({ state, self }: Member, now: Instant): boolean =>
  state.name === 'backup' || (state.name === 'master' && hasOverslept(self, state.lastSent, now));

/** When a member needs its timer event. */
const dueOf = ({ pausedUntil }: Host, member: Member, now: Instant): Instant | undefined => {
  const deadline = deadlineOf(member.state);
  if (deadline === undefined || deadline > pausedUntil) return deadline;
  return isPatient(member, now) ? pausedUntil : deadline;
};

export type NextDue = { readonly at: Instant; readonly isTakeover: boolean };

/** When something of the host is next due, and whether a backup takes over then. */
export const nextDue = (host: Host, now: Instant): NextDue | undefined => {
  let next: NextDue | undefined;
  for (const { announcements, watch } of host.routers) {
    for (const at of [nextAnnouncement(announcements), nextSettling(watch)])
      if (at !== undefined && (next === undefined || at < next.at)) next = { at, isTakeover: false };
  }
  for (const group of host.groups) {
    for (const member of group.values()) {
      const at = dueOf(host, member, now);
      if (at === undefined || (next !== undefined && at > next.at)) continue;
      const isTakeover = member.state.name === 'backup' || (next?.at === at && next.isTakeover);
      next = { at, isTakeover };
    }
  }
  return next;
};

/** A due router: since when, and how long it waits for its peers first, 0 for no wait. */
export type Due = {
  readonly state: RouterState['name'];
  readonly since: Instant;
  readonly pause: Milliseconds;
};

/** @param stood how much later than requested this process was called. */
export const dueNow = (host: Host, name: string, now: Instant, stood: Milliseconds): Due | undefined => {
  const member = memberOf(host, name);
  const deadline = member && deadlineOf(member.state);
  if (member === undefined || deadline === undefined) return undefined;
  if ((dueOf(host, member, now) ?? Number.POSITIVE_INFINITY) > now) return undefined;
  const { self, state } = member;
  return {
    state: state.name,
    since: deadline,
    pause: deadline <= host.pausedUntil ? milliseconds(0) : pauseOf(self, state, now, stood),
  };
};
