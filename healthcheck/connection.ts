// TCP connections of probes, with TLS where configured.

import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type TLSSocket, connect as upgrade } from 'node:tls';
import type { TlsConfig } from '../config/model/check-model.ts';
import type { Target } from './messages.ts';
import type { TlsContexts } from './tls-contexts.ts';

/** Begins a connection from the check's source address. The caller must listen for `error` until the end. */
export const dial = ({ endpoint, check: { sourceAddress } }: Target): Socket =>
  connect({
    host: endpoint.address,
    port: endpoint.port,
    noDelay: true,
    ...(sourceAddress !== undefined && { localAddress: sourceAddress }),
  });

/** Closes a connection by a reset, without TIME_WAIT: ten thousand probes a second would fill the tables with it. */
export const cutSocket = (socket: Socket): void => {
  if (socket.destroyed) return;
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
};

/**
 * The options of a handshake.
 * @param name the name that the certificate must carry: a host name, which is also sent as SNI (RFC 6066 section 3), or an
 * address.
 */
export const tlsOptions = (tls: TlsConfig, name: string, contexts: TlsContexts): ConnectionOptions => {
  const expected = tls.serverName ?? name;
  return {
    secureContext: contexts.of(tls),
    rejectUnauthorized: tls.verify,
    servername: isIP(expected) === 0 ? expected : '',
    checkServerIdentity: (_asked, certificate) => checkServerIdentity(expected, certificate),
  };
};

/** Begins TLS on a connection that is open or opening. */
export const secure = (socket: Socket, options: ConnectionOptions): TLSSocket => upgrade({ ...options, socket });
