// The timer of a host: armed for what is due next, and what is done when it fires.

import { type Instant, later, type Milliseconds, milliseconds } from '../base/units.ts';
import { nextAnnouncement, takeDue } from './announce/announcement.ts';
import type { Announcer } from './announce/announcer.ts';
import { dueNow, nextDue } from './host/due.ts';
import type { Host } from './host/host.ts';
import type { HostInput } from './host/step.ts';
import { countLateness } from './lateness.ts';
import type { Ports } from './ports.ts';
import type { Rivals } from './rivals/rivals.ts';
import type { Router } from './router.ts';
import type { Tracking } from './tracking/tracking.ts';

/** The timer has fired; `stood` is how much later than requested this process was called. */
export type ClockReport = { readonly type: 'due'; readonly stood: Milliseconds };

type ClockworkOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'at'>;
  readonly hostNow: () => Host;
  readonly tracking: Tracking;
  readonly rivals: Rivals;
  readonly announcer: Announcer;
  readonly report: (report: ClockReport) => void;
};

export type Clockwork = {
  /** Rearms the one timer. */
  readonly arm: () => void;
  /** Does all that is due; `give` takes inputs of the host. */
  readonly fire: (stood: Milliseconds, give: (input: HostInput) => void) => void;
  /** Stops the timer for good. */
  readonly stop: () => void;
};

export const createClockwork = (options: ClockworkOptions): Clockwork => {
  const { routers, ports, hostNow, tracking, rivals, announcer, report } = options;
  let callOff: (() => void) | undefined;
  let isStopped = false;
  /** True while all routers are checked; the timer is armed once afterwards. */
  let isFiring = false;

  const arm = (): void => {
    if (isFiring) return;
    callOff?.();
    callOff = undefined;
    if (isStopped) return;
    const router = nextDue(hostNow(), ports.clock());
    const announcements = [...routers.values()].flatMap((one) => nextAnnouncement(one.announcements) ?? []);
    const next = Math.min(
      router?.at ?? Number.POSITIVE_INFINITY,
      ...announcements,
      announcer.nextRelease() ?? Number.POSITIVE_INFINITY,
      tracking.next() ?? Number.POSITIVE_INFINITY,
      rivals.next() ?? Number.POSITIVE_INFINITY,
    ) as Instant;
    if (!Number.isFinite(next)) return;
    // A takeover is urgent; it is also rare, since every advertisement heard postpones it.
    const isUrgent = router?.isTakeover === true && router.at === next;
    callOff = ports.at(next, (stood) => report({ type: 'due', stood }), isUrgent);
  };

  const announceDue = (router: Router): void => {
    const [isDue, announcements] = takeDue(router.announcements, ports.clock(), router.config.announceEvery);
    if (!isDue) return;
    router.announcements = announcements;
    announcer.announce([router.config], 'as planned', false);
    announcer.probe([router.config]);
  };

  /** Routers that take over do it together, after all others. */
  const fire: Clockwork['fire'] = (stood, give) => {
    isFiring = true;
    try {
      const changes = tracking.settle();
      if (changes.length > 0) give({ type: 'judged', changes });
      rivals.settle();
      const successions: { router: string; lateness: Milliseconds }[] = [];
      let until = hostNow().pausedUntil;
      for (const [name, router] of routers) {
        const now = ports.clock();
        const due = dueNow(hostNow(), name, now, stood);
        if (due !== undefined) {
          const { lateness, pause, state } = due;
          router.worstLateness = milliseconds(Math.max(router.worstLateness, lateness));
          if (state === 'master') countLateness(router.advertisementLateness, lateness);
          if (pause > 0) until = Math.max(until, later(now, pause)) as Instant;
          else if (state === 'backup') successions.push({ router: name, lateness });
          else give({ type: 'timer', due: [{ router: name, lateness }] });
        }
        announceDue(router);
      }
      if (successions.length > 0) give({ type: 'timer', due: successions });
      if (until !== hostNow().pausedUntil) give({ type: 'paused', until });
      announcer.flush();
    } finally {
      isFiring = false;
    }
    arm();
  };

  return {
    arm,
    fire,
    stop: () => {
      isStopped = true;
      callOff?.();
    },
  };
};
