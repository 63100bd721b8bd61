// The TCP check: a server is well when it completes the handshake.

import { connect } from 'node:net';
import type { Endpoint } from '../config/model.ts';
import { elapsed, formatDuration, type Milliseconds, monotonic } from '../config/units.ts';
import type { Outcome } from './verdict.ts';

/** connect(2)'s errors that say something about the server or the way to it. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  EHOSTDOWN: 'host down',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no answer',
  EPERM: 'forbidden by a firewall of this host',
  EACCES: 'forbidden by a firewall of this host',
};

/** Errors that tell of this host alone: no descriptors, no memory, no free local port. No server may be judged by them. */
const localFaults = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN']);

/**
 * Connects once, and resets the connection as soon as it stands.
 * @param timeoutMs how long the handshake may take.
 * @returns the outcome; a server that does not answer is a failed outcome, never an exception.
 * @throws Error when this host could not make the probe: `Cannot probe 10.0.0.1:80: EMFILE`.
 */
export const probeTcp = ({ address, port }: Endpoint, timeoutMs: Milliseconds): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const startedAt = monotonic();
    const socket = connect({ host: address, port });
    const finish = (error?: string): void => {
      clearTimeout(timer);
      const latency = elapsed(startedAt, monotonic());
      resolve(error === undefined ? { ok: true, latency } : { ok: false, latency, error });
    };
    const expire = (): void => {
      if (socket.destroyed) return;
      socket.destroy();
      finish(`no answer within ${formatDuration(timeoutMs)}`);
    };
    // Timers run before sockets are polled: after a pause of this process, an answer that waits is taken first.
    const timer = setTimeout(() => setImmediate(expire), timeoutMs);
    socket.once('connect', () => {
      // A reset leaves no TIME_WAIT behind, of which ten thousand probes would exhaust the local ports.
      socket.resetAndDestroy();
      finish();
    });
    // Stays on after the end: an error without a listener would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.message;
      clearTimeout(timer);
      if (localFaults.has(code)) reject(new Error(`Cannot probe ${address}:${port}: ${code}`, { cause: error }));
      else finish(words[code] ?? code);
    });
  });
