// Timers of the routers: one timer for the next deadline, and a grace period for due routers after this host was paused.

import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../base/units.ts';
import { nextAnnouncement, takeDue } from './announce/announcement.ts';
import type { Announcer } from './announce/announcer.ts';
import { deadlineOf, hasOverslept, type RouterEvent, type RouterState, type Self } from './election/election.ts';
import { pauseOf } from './election/standstill.ts';
import { countLateness } from './lateness.ts';
import type { Ports } from './ports.ts';
import type { Rivals } from './rivals/rivals.ts';
import type { Router } from './router.ts';
import type { Tracking } from './tracking/tracking.ts';

/** An event for a router. */
export type Input = { readonly name: string; readonly event: RouterEvent; readonly lateness: Milliseconds };

type ClockworkOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'at'>;
  readonly stateOf: (router: Router) => RouterState;
  readonly selfOf: (router: Router) => Self;
  readonly tracking: Tracking;
  readonly rivals: Rivals;
  readonly announcer: Announcer;
  /** Gives these events to the routers at once, so that they take over together. */
  readonly giveAll: (inputs: readonly Input[]) => void;
  /** Whether a router leaves by command; it stays master if no peer takes over. */
  readonly isAside: (router: Router) => boolean;
  readonly onNoSuccessor: (router: Router) => void;
};

export type Clockwork = {
  /** Rearms the one timer. */
  readonly arm: () => void;
  /** Stops the timer for good. */
  readonly stop: () => void;
};

export const createClockwork = (options: ClockworkOptions): Clockwork => {
  const { routers, ports, stateOf, selfOf, tracking, rivals, announcer, giveAll, isAside, onNoSuccessor } = options;
  let callOff: (() => void) | undefined;
  let isStopped = false;
  /** True while all routers are checked; the timer is armed once afterwards. */
  let isFiring = false;
  /** End of the grace period after this host was paused, for routers that were due before. */
  let pausedUntil = Number.NEGATIVE_INFINITY as Instant;

  /** Arms the one timer for the next deadline. */
  const arm = (): void => {
    if (isFiring) return;
    callOff?.();
    callOff = undefined;
    if (isStopped) return;
    const list = [...routers.values()];
    const deadlines = list.flatMap((router) => dueOf(router) ?? []);
    const announcements = list.flatMap((router) => nextAnnouncement(router.announcements) ?? []);
    const release = announcer.nextRelease() ?? Number.POSITIVE_INFINITY;
    const next = Math.min(
      ...deadlines,
      ...announcements,
      release,
      tracking.next() ?? Number.POSITIVE_INFINITY,
      rivals.next() ?? Number.POSITIVE_INFINITY,
    ) as Instant;
    if (!Number.isFinite(next)) return;
    // A takeover is urgent; it is also rare, since every advertisement heard postpones it.
    const isTakeover = list.some((router) => {
      const state = stateOf(router);
      return state.name === 'backup' && dueOf(router) === next;
    });
    callOff = ports.at(next, fire, isTakeover);
  };

  /** When a router needs its timer event: at its deadline, or after its grace period. */
  const dueOf = (router: Router): Instant | undefined => {
    const state = stateOf(router);
    const deadline = deadlineOf(state);
    if (deadline === undefined || deadline > pausedUntil) return deadline;
    const now = ports.clock();
    return isPatient(router, state, now) ? pausedUntil : deadline;
  };

  /** Whether the grace period applies to this router. */
  const isPatient = (router: Router, state: RouterState, now: Instant): boolean =>
    state.name === 'backup' || (state.name === 'master' && hasOverslept(selfOf(router), state.lastSent, now));

  const fire = (stood: Milliseconds): void => {
    isFiring = true;
    try {
      fireAll(stood);
    } finally {
      isFiring = false;
    }
    arm();
  };

  const fireAll = (stood: Milliseconds): void => {
    tracking.settle();
    rivals.settle();
    const successions: Input[] = [];
    let pauseUntil = pausedUntil;
    for (const router of routers.values()) {
      const now = ports.clock();
      const state = stateOf(router);
      const deadline = deadlineOf(state);
      if (deadline !== undefined && (dueOf(router) ?? Number.POSITIVE_INFINITY) <= now) {
        const lateness = elapsed(deadline, now);
        router.worstLateness = milliseconds(Math.max(router.worstLateness, lateness));
        if (state.name === 'master') countLateness(router.advertisementLateness, lateness);
        const { name } = router.config;
        const pause = deadline <= pausedUntil ? 0 : pauseOf(selfOf(router), state, now, stood);
        if (pause > 0) pauseUntil = Math.max(pauseUntil, later(now, milliseconds(pause))) as Instant;
        else if (state.name === 'leaving' && isAside(router)) onNoSuccessor(router);
        else if (state.name === 'backup') successions.push({ name, event: { type: 'timer' }, lateness });
        else giveAll([{ name, event: { type: 'timer' }, lateness }]);
      }
      const [isDue, announcements] = takeDue(router.announcements, now, router.config.announceEvery);
      if (isDue) {
        router.announcements = announcements;
        announcer.announce([router.config], 'as planned', false);
        announcer.probe([router.config]);
      }
    }
    if (successions.length > 0) giveAll(successions);
    pausedUntil = pauseUntil;
    announcer.flush();
  };

  return {
    arm,
    stop: () => {
      isStopped = true;
      callOff?.();
    },
  };
};
