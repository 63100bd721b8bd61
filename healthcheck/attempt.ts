// One attempt under a deadline: it ends exactly once, by success, failure, a fault of this host, or timeout.

import { harmlessText } from '../base/harmless-text.ts';
import { elapsed, formatDuration, type Milliseconds, monotonic } from '../base/units.ts';
import { describeError, isLocalFault, LocalFault } from './network-error.ts';
import type { Outcome } from './outcome.ts';

export type Attempt = {
  /** @param found its latency if something other than this attempt measured it */
  readonly succeed: (found?: Partial<Pick<Outcome, 'warning' | 'certificateExpires' | 'weight' | 'latency'>>) => void;
  readonly fail: (error: string, found?: Pick<Outcome, 'warning' | 'certificateExpires'>) => void;
  /** Sorts a connection's error: a fault of this host rejects, any other fails. */
  readonly breakOff: (error: NodeJS.ErrnoException) => void;
  /** This host cannot make the probe. */
  readonly fault: (why: string) => void;
  /** Names what the attempt waits for from now on; if it does not come in time, the outcome is `no WHAT within 500 ms`. */
  readonly expect: (what: string) => void;
  /** At the deadline, calls `end` instead of failing; undefined restores the failure. */
  readonly atDeadline: (end: (() => void) | undefined) => void;
  readonly isOver: () => boolean;
};

/**
 * Runs an attempt.
 * @param subject what is probed, for the message of a fault.
 * @param begin starts the attempt and returns a function that releases all it holds; that is called once, however the attempt
 * ends.
 */
export const attempt = (
  subject: string,
  timeout: Milliseconds,
  begin: (attempt: Attempt) => () => void,
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const startedAt = monotonic();
    let release: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    let awaited = 'answer';
    let deadlineEnd: (() => void) | undefined;

    const end = (settle: (latency: Milliseconds) => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      release?.();
      settle(elapsed(startedAt, monotonic()));
    };
    // Every check ends here: server text is always made harmless first.
    const cleaned = <Found extends Pick<Outcome, 'warning'>>(found: Found | undefined): Found | undefined =>
      found?.warning === undefined ? found : { ...found, warning: harmlessText(found.warning) };
    const succeed: Attempt['succeed'] = (found) => end((latency) => resolve({ ok: true, latency, ...cleaned(found) }));
    const fail: Attempt['fail'] = (error, found) =>
      end((latency) => resolve({ ok: false, latency, error: harmlessText(error), ...cleaned(found) }));
    const fault = (why: string): void => end(() => reject(new LocalFault(harmlessText(why), subject)));
    const expire = (): void =>
      deadlineEnd === undefined ? fail(`no ${awaited} within ${formatDuration(timeout)}`) : deadlineEnd();

    // Timers run before sockets are polled: after a pause of this process, an answer already waiting is read first.
    timer = setTimeout(() => setImmediate(expire), timeout);
    const run: Attempt = {
      succeed,
      fail,
      breakOff: (error) => (isLocalFault(error.code) ? fault(error.code ?? error.message) : fail(describeError(error))),
      fault,
      expect: (what) => {
        awaited = what;
      },
      atDeadline: (action) => {
        deadlineEnd = action;
      },
      isOver: () => isOver,
    };
    try {
      const free = begin(run);
      if (isOver) free();
      else release = free;
    } catch (error) {
      if (error instanceof LocalFault) fault(error.why);
      else end(() => reject(error));
    }
  });
