// The TCP check: a server is up if it completes the handshake; half-open, if it answers the SYN.

import { milliseconds } from '../../base/units.ts';
import type { TcpCheck } from '../../config/model/check-model.ts';
import type { Dialer } from '../../kernel/sockets/tcp-dialer.ts';
import { attempt } from '../attempt.ts';
import { LocalFault } from '../network-error.ts';
import type { Probe } from '../outcome.ts';

/**
 * Connects once, and resets the connection as soon as it is established.
 * @param openHalfOpen called once, when the first half-open check begins, and again as long as it throws
 */
export const createTcpProbe = (dialer: Dialer, openHalfOpen: () => Dialer): Probe<TcpCheck> => {
  let halfOpen: Dialer | undefined;
  const openOnce = (): Dialer => {
    try {
      halfOpen ??= openHalfOpen();
      return halfOpen;
    } catch (error) {
      throw error instanceof Error ? new LocalFault(error.message) : error;
    }
  };
  return ({ id, endpoint, check }, timeout) =>
    attempt(id, timeout, (run) => {
      run.expect(check.halfOpen === true ? 'answer to a SYN' : 'connection');
      const own = check.halfOpen === true ? openOnce() : dialer;
      return own.dial(endpoint, check.sourceAddress, (how) => {
        if (!how.ok) run.breakOff(how.error);
        else if (how.roundTrip === undefined) run.succeed();
        else run.succeed({ latency: milliseconds(how.roundTrip) });
      });
    });
};
