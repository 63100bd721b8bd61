// What a server's certificate shows at a probe: until when it is valid, and warnings about it and the files it was verified with.

import type { TLSSocket } from 'node:tls';
import { type Validity, warnOfValidity } from '../base/validity.ts';
import type { TlsConfig } from '../config/model/check-model.ts';
import type { Outcome } from './outcome.ts';
import type { TlsContexts } from './tls-contexts.ts';

/** Validity by open connection: a kept connection does not show its certificate again. */
const validities = new WeakMap<TLSSocket, Validity>();

const validityOf = (socket: TLSSocket): Validity | undefined => {
  const certificate = socket.getPeerX509Certificate();
  if (certificate !== undefined)
    validities.set(socket, { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) });
  return validities.get(socket);
};

export type Shown = Pick<Outcome, 'warning' | 'certificateExpires'>;

/** What a connection shows after its handshake. */
export const shownBy = (socket: TLSSocket, tls: TlsConfig, contexts: TlsContexts): Shown => {
  const validity = validityOf(socket);
  const ofCertificate = validity && warnOfValidity(validity, Date.now(), tls.expiryWarning);
  const warning = [contexts.faultOf(tls), ofCertificate].filter((each) => each !== undefined).join('; ');
  const expires = validity?.to;
  return {
    ...(warning !== '' && { warning }),
    ...(expires !== undefined && Number.isFinite(expires) && { certificateExpires: expires }),
  };
};
