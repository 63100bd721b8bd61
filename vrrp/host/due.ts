// When the routers of a host are due: at their deadlines, or at the end of the grace period after this host was paused. Pure.

import { elapsed, type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import { deadlineOf, hasOverslept, type RouterState } from '../election/election.ts';
import { pauseOf } from '../election/standstill.ts';
import type { Member } from '../election/sync-group.ts';
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

/** When the next router is due, and whether one of those is a backup that takes over. */
export const nextDue = (host: Host, now: Instant): NextDue | undefined => {
  let next: NextDue | undefined;
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

/** A due router: how late it is, and how long it waits for its peers first, 0 for no wait. */
export type Due = {
  readonly state: RouterState['name'];
  readonly lateness: Milliseconds;
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
    lateness: elapsed(deadline, now),
    pause: deadline <= host.pausedUntil ? milliseconds(0) : pauseOf(self, state, now, stood),
  };
};
