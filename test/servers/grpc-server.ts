// A gRPC server with the health service alone, over HTTP/2.

import { createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import type { Issued } from './certificates.ts';
import { type Listening, listen } from './listening.ts';

export type GrpcBehaviour = {
  /** The status by service; one that is not named gives NOT_FOUND. 1 is SERVING, 2 is NOT_SERVING. */
  readonly statuses?: Readonly<Record<string, number>>;
  readonly delay?: number;
  readonly identity?: Issued;
  /** The bytes of every answer's message, instead of a HealthCheckResponse. */
  readonly message?: Buffer;
  readonly httpStatus?: number;
};

/** HealthCheckRequest { string service = 1 }, behind five bytes of framing. */
const serviceIn = (bytes: Buffer): string => (bytes.length > 7 ? bytes.toString('utf8', 7) : '');

export const startGrpcServer = (behaviour: GrpcBehaviour = {}): Promise<Listening> => {
  const { statuses = { '': 1 }, delay = 0, identity, message, httpStatus = 200 } = behaviour;
  const answer = (stream: ServerHttp2Stream, path: string | undefined, bytes: Buffer): void => {
    if (stream.destroyed) return;
    const head = { ':status': httpStatus, 'content-type': 'application/grpc' };
    const status = statuses[serviceIn(bytes)];
    if (path !== '/grpc.health.v1.Health/Check') {
      stream.respond({ ...head, 'grpc-status': '12' }, { endStream: true });
    } else if (status === undefined) {
      stream.respond({ ...head, 'grpc-status': '5', 'grpc-message': 'unknown service' }, { endStream: true });
    } else {
      stream.respond(head, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(message ?? Buffer.from([0, 0, 0, 0, 2, 0x08, status]));
    }
  };
  const server =
    identity === undefined
      ? createServer()
      : createSecureServer({ cert: identity.cert, key: identity.keyText, allowHTTP1: false });
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => setTimeout(() => answer(stream, headers[':path'], Buffer.concat(chunks)), delay));
  });
  server.on('sessionError', () => {});
  return listen(server as unknown as Server);
};
