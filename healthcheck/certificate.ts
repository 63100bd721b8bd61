// When a server's certificate ends, and from when on that is worth a word.

import type { TLSSocket } from 'node:tls';
import type { Milliseconds } from '../base/units.ts';

const day = 86_400_000;
const inDays = (span: number): string => {
  const days = Math.floor(span / day);
  return days === 1 ? '1 day' : `${days} days`;
};

/**
 * Warns of a certificate that ends soon. Pure.
 * @param validTo its end, and `now`, in milliseconds of wall time, in which certificates are dated.
 * @param ahead how long before the end the warnings begin; 0 for never.
 */
export const warnOfExpiry = (validTo: number, now: number, ahead: Milliseconds): string | undefined => {
  const left = validTo - now;
  if (ahead === 0 || !(left <= ahead)) return undefined;
  const date = new Date(validTo).toISOString().slice(0, 10);
  return left < 0
    ? `certificate expired ${inDays(-left)} ago, on ${date}`
    : `certificate expires in ${inDays(left)}, on ${date}`;
};

/** Ends of the certificates of living connections: one that is kept does not show its certificate a second time. */
const ends = new WeakMap<TLSSocket, number>();

const endOf = (socket: TLSSocket): number | undefined => {
  const validTo = socket.getPeerX509Certificate()?.validTo;
  if (validTo !== undefined) ends.set(socket, Date.parse(validTo));
  return ends.get(socket);
};

/** The warning about the certificate that the other end of a connection showed; nothing where there is none to say. */
export const expiryOf = (socket: TLSSocket, ahead: Milliseconds): { readonly warning?: string } => {
  const validTo = endOf(socket);
  const warning = validTo === undefined ? undefined : warnOfExpiry(validTo, Date.now(), ahead);
  return warning === undefined ? {} : { warning };
};
