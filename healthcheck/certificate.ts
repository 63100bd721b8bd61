// Warnings about a server's certificate, and about the files it was verified with.

import type { TLSSocket } from 'node:tls';
import type { Milliseconds } from '../base/units.ts';
import type { TlsConfig } from '../config/model/check-model.ts';
import type { TlsContexts } from './tls-contexts.ts';

const day = 86_400_000;
const inDays = (span: number): string => {
  const days = Math.floor(span / day);
  return days === 1 ? '1 day' : `${days} days`;
};
const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Wall time, in milliseconds since the epoch. */
export type Validity = { readonly from: number; readonly to: number };

/**
 * Warns if a certificate is not valid yet or expires soon. Pure.
 * @param now milliseconds of wall time, as certificates are dated in it.
 * @param ahead how long before expiry the warnings begin; 0 for never.
 */
export const warnOfValidity = ({ from, to }: Validity, now: number, ahead: Milliseconds): string | undefined => {
  if (ahead === 0) return undefined;
  if (now < from) return `certificate is not valid before ${dateOf(from)}, in ${inDays(from - now)}`;
  const left = to - now;
  if (!(left <= ahead)) return undefined;
  return left < 0
    ? `certificate expired ${inDays(-left)} ago, on ${dateOf(to)}`
    : `certificate expires in ${inDays(left)}, on ${dateOf(to)}`;
};

/** Validity by open connection: a kept connection does not show its certificate again. */
const validities = new WeakMap<TLSSocket, Validity>();

const validityOf = (socket: TLSSocket): Validity | undefined => {
  const certificate = socket.getPeerX509Certificate();
  if (certificate !== undefined)
    validities.set(socket, { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) });
  return validities.get(socket);
};

/** The warning about a connection after its handshake; empty if there is none. */
export const warningOf = (socket: TLSSocket, tls: TlsConfig, contexts: TlsContexts): { readonly warning?: string } => {
  const validity = validityOf(socket);
  const ofCertificate = validity && warnOfValidity(validity, Date.now(), tls.expiryWarning);
  const warning = [contexts.faultOf(tls), ofCertificate].filter((each) => each !== undefined).join('; ');
  return warning === '' ? {} : { warning };
};
