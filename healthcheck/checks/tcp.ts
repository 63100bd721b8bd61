// The TCP check: a server is up if it completes the handshake; half-open, if it answers the SYN.

import { messageOf } from '../../base/error.ts';
import type { TcpCheck } from '../../config/model/check-model.ts';
import type { Dialer } from '../../kernel/sockets/dialer.ts';
import { dialOnce } from '../dial-once.ts';
import { LocalFault } from '../network-error.ts';
import type { Probe } from '../outcome.ts';

/**
 * Connects once, and resets the connection as soon as it is established.
 * @param openHalfOpen called once, when the first half-open check begins, and again as long as it throws
 */
export const createTcpProbe = (dialer: Dialer, openHalfOpen: () => Dialer): Probe<TcpCheck> => {
  let halfOpen: Dialer | undefined;
  const openOnce = (): Dialer | LocalFault => {
    try {
      halfOpen ??= openHalfOpen();
      return halfOpen;
    } catch (error) {
      return new LocalFault(messageOf(error));
    }
  };
  return ({ id, endpoint, check }, timeout) => {
    const given = { subject: id, to: endpoint, from: check.sourceAddress, timeout };
    if (check.halfOpen !== true) return dialOnce({ ...given, dialer, awaited: 'connection' });
    const own = openOnce();
    return own instanceof LocalFault
      ? Promise.reject(own)
      : dialOnce({ ...given, dialer: own, awaited: 'answer to a SYN' });
  };
};
