// HTTP connections that are kept between the probes of a target, a bounded number over all targets.

import { Agent, type ClientRequest } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';
import type { Target } from '../messages.ts';

export type HttpPool = {
  /** The agent for one request, and whether its connection is kept. */
  readonly take: (target: Target<HttpCheck | HttpsCheck>) => { readonly agent: Agent; readonly keeps: boolean };
  /** Counts the connection of a request that keeps it, until it closes. */
  readonly count: (request: ClientRequest) => void;
};

// Each handshake is whole: a resumed one (RFC 8446, section 2.2) shows no certificate.
const secureOptions = { maxCachedSessions: 0 };

export const createHttpPool = (mostKept: number): HttpPool => {
  const passing = { http: new Agent(), https: new SecureAgent(secureOptions) };
  // An agent a target, so that no check uses a connection that another one verified; it goes with its target.
  const keepers = new WeakMap<Target, Agent>();
  let kept = 0;

  const keeperOf = (target: Target<HttpCheck | HttpsCheck>): Agent => {
    const known = keepers.get(target);
    if (known !== undefined) return known;
    const { type, interval, timeout } = target.check;
    // What no probe has used for two intervals belongs to a target that is gone.
    const options = { keepAlive: true, maxFreeSockets: 1, timeout: 2 * interval + timeout };
    const made = type === 'https' ? new SecureAgent({ ...options, ...secureOptions }) : new Agent(options);
    keepers.set(target, made);
    return made;
  };

  return {
    take: (target) => {
      const hasOne = Object.keys(keepers.get(target)?.freeSockets ?? {}).length > 0;
      const keeps = target.check.keepAlive && (hasOne || kept < mostKept);
      return { agent: keeps ? keeperOf(target) : passing[target.check.type], keeps };
    },
    count: (request) => {
      request.once('socket', (socket) => {
        if (request.reusedSocket) return;
        kept += 1;
        socket.once('close', () => {
          kept -= 1;
        });
      });
    },
  };
};
