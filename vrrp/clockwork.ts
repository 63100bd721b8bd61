// The one timer of a host: armed for what is due next.

import type { Instant, Milliseconds } from '../base/units.ts';
import type { Announcer } from './announce/announcer.ts';
import { nextDue } from './host/due.ts';
import type { CurrentHost } from './host/host.ts';
import type { Ports } from './ports.ts';
import type { Tracking } from './tracking/tracking.ts';

/** The timer has fired; `stood` is how much later than requested this process was called. */
export type ClockReport = { readonly type: 'due'; readonly stood: Milliseconds };

type ClockworkOptions = {
  readonly ports: Pick<Ports, 'clock' | 'at'>;
  readonly current: CurrentHost;
  readonly tracking: Tracking;
  readonly announcer: Announcer;
  readonly report: (report: ClockReport) => void;
};

export type Clockwork = {
  /** Rearms the one timer; while a report is acted on, that waits for its end. */
  readonly arm: () => void;
  /** Stops the timer for good. */
  readonly stop: () => void;
};

export const createClockwork = (options: ClockworkOptions): Clockwork => {
  const { ports, current, tracking, announcer, report } = options;
  let callOff: (() => void) | undefined;
  let isStopped = false;
  let isReporting = false;

  const arm = (): void => {
    if (isReporting) return;
    callOff?.();
    callOff = undefined;
    if (isStopped) return;
    const host = nextDue(current.host, ports.clock());
    const next = Math.min(
      host?.at ?? Number.POSITIVE_INFINITY,
      announcer.nextRelease() ?? Number.POSITIVE_INFINITY,
      tracking.next() ?? Number.POSITIVE_INFINITY,
    ) as Instant;
    if (!Number.isFinite(next)) return;
    // A takeover is urgent; it is also rare, since every advertisement heard postpones it.
    const isUrgent = host?.isTakeover === true && host.at === next;
    callOff = ports.at(
      next,
      (stood) => {
        isReporting = true;
        try {
          report({ type: 'due', stood });
        } finally {
          isReporting = false;
          arm();
        }
      },
      isUrgent,
    );
  };

  return {
    arm,
    stop: () => {
      isStopped = true;
      callOff?.();
    },
  };
};
