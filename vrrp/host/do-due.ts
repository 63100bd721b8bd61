// Does all that is due on this host: timers of routers, announcements, and the watch for other masters. Pure.

import { type Instant, later, type Milliseconds } from '../../base/units.ts';
import { takeDue } from '../announce/announcement.ts';
import { settleWatch } from '../rivals/rivals.ts';
import { dueNow } from './due.ts';
import { type HostEffect, type HostStep, inTurn } from './effect.ts';
import { found, give, type Input, replace } from './give.ts';
import { type Host, routerOf, stateOf } from './host.ts';
import { callOff } from './participation.ts';

const settleWatches = (host: Host, now: Instant): HostStep => {
  const changed = host.routers.map((router) => found(router, settleWatch(router.watch, now), now));
  const moved = changed.flatMap(([router], index) => (router.watch === host.routers[index]?.watch ? [] : [router]));
  return [replace(host, moved), changed.flatMap(([, effects]) => effects)];
};

const announceDue = (host: Host, name: string, now: Instant): HostStep => {
  const router = routerOf(host, name);
  if (router === undefined) return [host, []];
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
  const timeOf =
    (name: string) =>
    (next: Host): HostStep => {
      const due = dueNow(next, name, now, stood);
      if (due === undefined) return [next, []];
      const { state, since, pause } = due;
      const told: HostEffect = { type: 'due', router: name, state, since };
      const input: Input = { router: name, event: { type: 'timer' }, dueSince: since };
      if (pause > 0) {
        return [{ ...next, pausedUntil: Math.max(next.pausedUntil, later(now, pause)) as Instant }, [told]];
      }
      if (state !== 'backup' && isWithoutSuccessor(next, name)) {
        const [after, effects] = callOff(next, name, now);
        return [after, [told, ...effects]];
      }
      (state === 'backup' ? successions : others).push(input);
      return [next, [told]];
    };
  return inTurn(host, [
    (next) => settleWatches(next, now),
    ...host.routers.flatMap(({ config: { name } }) => [
      timeOf(name),
      (next: Host): HostStep => announceDue(next, name, now),
    ]),
    (next) => give(next, others, now),
    (next) => give(next, successions, now),
  ]);
};
