// One-time tokens, and the sessions that they open.

import { randomBytes } from 'node:crypto';
import { isSame } from './gate.ts';

const secret = (): string => randomBytes(32).toString('base64url');

export type Sessions = {
  /** A token that opens one session; it ends an earlier token that was not used. */
  readonly invite: () => string;
  /** @returns the new session; undefined where the token is not the current one, or was used. */
  readonly redeem: (token: string) => string | undefined;
  readonly isOpen: (session: string | undefined) => boolean;
};

/** The oldest ends where more are opened: an operator has few browsers. */
const most = 20;

export const openSessions = (): Sessions => {
  let token: string | undefined;
  const sessions: string[] = [];
  return {
    invite: () => {
      token = secret();
      return token;
    },
    redeem: (given) => {
      if (token === undefined || !isSame(given, token)) return undefined;
      token = undefined;
      const session = secret();
      sessions.push(session);
      if (sessions.length > most) sessions.shift();
      return session;
    },
    isOpen: (session) => session !== undefined && sessions.some((one) => isSame(one, session)),
  };
};
