// The TCP check: a server is up if it completes the handshake.

import { milliseconds } from '../../base/units.ts';
import type { TcpCheck } from '../../config/model/check-model.ts';
import type { Dialer } from '../../kernel/sockets/tcp-dialer.ts';
import { attempt } from '../attempt.ts';
import type { Probe } from '../outcome.ts';

/** Connects once, and resets the connection as soon as it is established. */
export const createTcpProbe =
  (dialer: Dialer): Probe<TcpCheck> =>
  ({ id, endpoint, check }, timeout) =>
    attempt(id, timeout, (run) => {
      run.expect('connection');
      return dialer.dial(endpoint, check.sourceAddress, (how) => {
        if (!how.ok) run.breakOff(how.error);
        else if (how.roundTrip === undefined) run.succeed();
        else run.succeed({ latency: milliseconds(how.roundTrip) });
      });
    });
