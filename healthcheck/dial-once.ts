// One connection under a deadline: what an attempt does, with a third of its objects, since TCP checks are probed by thousands.

import { harmlessText } from '../base/harmless-text.ts';
import { elapsed, formatDuration, type Milliseconds, milliseconds, monotonic } from '../base/units.ts';
import type { Dialer } from '../kernel/sockets/dialer.ts';
import { describeError, isLocalFault, LocalFault } from './network-error.ts';
import type { Outcome } from './outcome.ts';

export type Dial = {
  readonly dialer: Dialer;
  /** What is probed, for the message of a fault. */
  readonly subject: string;
  readonly to: Parameters<Dialer['dial']>[0];
  readonly from: Parameters<Dialer['dial']>[1];
  readonly timeout: Milliseconds;
  /** What is waited for: `no connection within 500 ms`. */
  readonly awaited: string;
};

/** @throws LocalFault (by rejection) where this host is at fault */
export const dialOnce = ({ dialer, subject, to, from, timeout, awaited }: Dial): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const startedAt = monotonic();
    let isOver = false;
    let cancel = (): void => undefined;
    const latency = (): Milliseconds => elapsed(startedAt, monotonic());
    const expire = (): void => {
      if (isOver) return;
      cancel();
      resolve({ ok: false, latency: latency(), error: `no ${awaited} within ${formatDuration(timeout)}` });
    };
    // Timers run before sockets are polled: after a pause of this process, an answer already waiting is read first.
    const timer = setTimeout(setImmediate, timeout, expire);
    cancel = dialer.dial(to, from, (how) => {
      isOver = true;
      clearTimeout(timer);
      if (how.ok) resolve({ ok: true, latency: how.roundTrip === undefined ? latency() : milliseconds(how.roundTrip) });
      else if (isLocalFault(how.error.code)) reject(new LocalFault(harmlessText(how.error.code), subject));
      else resolve({ ok: false, latency: latency(), error: harmlessText(describeError(how.error)) });
    });
  });
