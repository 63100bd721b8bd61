// Does all that is due on this host: timers of routers, announcements, and the watch for other masters. Pure.

import { type Instant, later, type Milliseconds } from '../../base/units.ts';
import { postpone, takeDue } from '../announce/announcement.ts';
import { mayBeReplaced } from '../election/router-state.ts';
import { certainAfter } from '../election/standstill.ts';
import { dueNow } from './due.ts';
import type { HostEffect, HostStep } from './effect.ts';
import { give, type Input } from './give.ts';
import { type Host, memberOf, replace, routerOf, stateOf } from './host.ts';
import { callOff } from './participation.ts';
import { settleWatches } from './watch.ts';

const announceDue = (host: Host, name: string, now: Instant): HostStep => {
  const router = routerOf(host, name);
  const member = memberOf(host, name);
  if (router === undefined || member === undefined) return [host, []];
  // Its neighbours may send to a successor.
  if (mayBeReplaced(member, now)) {
    const announcements = postpone(router.announcements, later(now, certainAfter));
    return [replace(host, [{ ...router, announcements }]), []];
  }
  const [isDue, announcements] = takeDue(router.announcements, now, router.config.announceEvery);
  if (!isDue) return [host, []];
  return [
    replace(host, [{ ...router, announcements }]),
    [
      { type: 'announce', router: name, why: 'as planned', isUrgent: false },
      { type: 'probe', router: name },
    ],
  ];
};

const isWithoutSuccessor = (host: Host, name: string): boolean =>
  stateOf(host, name).name === 'leaving' && host.aside.has(name);

/**
 * Routers that take over do it together, after all others, which do what is due together, too.
 * @param stood how much later than requested this process was called: routers then wait for their peers, which may have been
 *   paused too.
 */
export const doDue = (host: Host, stood: Milliseconds, now: Instant): HostStep => {
  const successions: Input[] = [];
  const others: Input[] = [];
  const effects: HostEffect[] = [];
  let last = host;
  const follow = ([next, more]: HostStep): void => {
    last = next;
    effects.push(...more);
  };
  follow(settleWatches(last, now));
  for (const { config } of host.routers) {
    const { name } = config;
    const due = dueNow(last, name, now, stood);
    if (due !== undefined) {
      const { state, since, pause } = due;
      effects.push({ type: 'due', router: name, state, since });
      if (pause > 0) last = { ...last, pausedUntil: Math.max(last.pausedUntil, later(now, pause)) as Instant };
      else if (state !== 'backup' && isWithoutSuccessor(last, name)) follow(callOff(last, name, now));
      else
        (state === 'backup' ? successions : others).push({ router: name, event: { type: 'timer' }, dueSince: since });
    }
    follow(announceDue(last, name, now));
  }
  follow(give(last, others, now));
  follow(give(last, successions, now));
  return [last, effects];
};
