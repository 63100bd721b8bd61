// The port of metrics and probes: opened, and kept open with its current certificate. The control socket serves metrics too.

import { X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import type { Validity } from '../../base/validity.ts';
import type { MetricsConfig } from '../../config/model/model.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { type AnswerSources, responder } from './metrics-answers.ts';

/** How the metrics' port is; status shows it. */
export type MetricsHealth = {
  /** Why metrics are not served; undefined while they are. */
  fault?: string | undefined;
  /** Of the certificate in use; undefined without one. */
  certificate?: Validity | undefined;
};

export type MetricsSources = AnswerSources & {
  /** Kept true while the port is served. */
  readonly health: MetricsHealth;
};

export type MetricsServer = { readonly close: () => void };

type TlsConfig = NonNullable<MetricsConfig['tlsServerConfig']>;

const mostPemBytes = 2 ** 20;
/** How often a port or a certificate that is not to be had is tried again, and certificates are read again, in milliseconds. */
const [tryAgainAfter, readAgainEvery] = [5000, 30_000];
/** A client that says nothing may not keep a connection, in milliseconds. */
const patience = 10_000;
/** Connections at once; further ones are closed, so that none take the descriptors that the director needs. */
const mostConnections = 256;
const lookEvery = 2000;

/** @throws with a readable message where a file cannot be read. */
const readTls = ({ certFile, keyFile, clientCaFile, clientAuthType }: TlsConfig): ServerOptions => {
  const read = (path: string): string => readRegularFile(path, mostPemBytes).toString('utf8');
  const isStrict = clientAuthType === 'RequireAndVerifyClientCert';
  return {
    cert: read(certFile),
    key: read(keyFile),
    minVersion: 'TLSv1.2',
    ...(clientCaFile !== undefined && { ca: read(clientCaFile) }),
    requestCert: isStrict,
    rejectUnauthorized: isStrict,
  };
};

/** @returns undefined where it cannot be read. */
const validityOf = ({ cert }: ServerOptions): Validity | undefined => {
  try {
    const { validFrom, validTo } = new X509Certificate(String(cert));
    return { from: Date.parse(validFrom), to: Date.parse(validTo) };
  } catch {
    return undefined;
  }
};

/** A port in use, or a certificate that cannot be read, is logged and tried again; regent runs without it. */
export const serveMetrics = (config: MetricsConfig, sources: MetricsSources): MetricsServer => {
  const { listen, tlsServerConfig: tls } = config;
  const { health, log } = sources;
  const respond = responder(config, sources);
  let server: Server | undefined;
  let read: ServerOptions = {};
  let isClosed = false;

  const tell = (why: string): void => {
    if (isClosed) return;
    if (why !== health.fault)
      log(
        'error',
        { process: 'director', event: 'metrics-not-served' },
        `metrics are not served on ${formatEndpoint(listen)}: ${why}`,
      );
    health.fault = why;
  };
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    // The client has gone, or must see the truncated answer as a failure.
    respond(incoming, response).catch(() => response.destroy());
  };
  const make = (): Server => {
    const limits = { requestTimeout: patience, headersTimeout: patience, connectionsCheckingInterval: lookEvery };
    if (tls === undefined) return createServer(limits, handle);
    read = readTls(tls);
    health.certificate = validityOf(read);
    return createTlsServer({ ...read, ...limits, handshakeTimeout: patience }, handle);
  };
  const begin = (): void => {
    try {
      const made = make();
      made.maxConnections = mostConnections;
      made.on('error', (error) => {
        tell(error.message);
        made.close();
        if (server === made) server = undefined;
      });
      made.on('listening', () => {
        health.fault = undefined;
      });
      server = made.listen(listen.port, listen.address);
    } catch (error) {
      tell(messageOf(error));
    }
  };
  /** A renewed certificate is taken; where it cannot be read, the last one stays. */
  const renew = (): void => {
    if (tls === undefined || server === undefined || !('setSecureContext' in server)) return;
    try {
      const next = readTls(tls);
      if (isDeepStrictEqual(next, read)) return;
      (server as ReturnType<typeof createTlsServer>).setSecureContext(next);
      read = next;
      health.certificate = validityOf(next);
    } catch (error) {
      log(
        'error',
        { process: 'director', event: 'metrics-not-served' },
        `the certificate for metrics cannot be read again: ${messageOf(error)}; the last one stays`,
      );
    }
  };

  begin();
  const trying = setInterval(() => {
    if (server === undefined) begin();
  }, tryAgainAfter);
  const renewing = setInterval(renew, readAgainEvery);
  return {
    close: () => {
      isClosed = true;
      health.fault = undefined;
      health.certificate = undefined;
      for (const timer of [trying, renewing]) clearInterval(timer);
      server?.close();
      server?.closeAllConnections();
    },
  };
};
