// The TCP check: a server is well when it completes the handshake.

import type { TcpCheck } from '../../config/model/check-model.ts';
import { attempt } from '../attempt.ts';
import { cutSocket, dial } from '../connection.ts';
import type { Probe } from '../outcome.ts';

/** Connects once, and resets the connection as soon as it stands. */
export const probeTcp: Probe<TcpCheck> = (target, timeout) =>
  attempt(target.id, timeout, (run) => {
    run.expect('connection');
    const socket = dial(target);
    socket.once('connect', () => run.succeed());
    // Stays on after the end: an error without a listener would end the process.
    socket.on('error', run.breakOff);
    return () => cutSocket(socket);
  });
