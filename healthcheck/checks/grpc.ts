// The gRPC check: grpc.health.v1.Health/Check over HTTP/2, which must answer SERVING.

import { connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { GrpcCheck } from '../../config/model/check-model.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { attempt } from '../attempt.ts';
import { warningOf } from '../certificate.ts';
import { cutSocket, dial, secure, tlsOptions } from '../connection.ts';
import { LocalFault } from '../network-error.ts';
import type { Probe } from '../outcome.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { decodeResponse, encodeRequest, servingStatus } from './grpc-codec.ts';

const { HTTP2_HEADER_STATUS, NGHTTP2_CANCEL } = constants;
const mostBytes = 64 * 1024;

/** Codes a health check is answered with (grpc/statuscodes). */
const codes: Readonly<Record<string, string>> = {
  5: 'the service is unknown to it (NOT_FOUND)',
  12: 'it has no health service (UNIMPLEMENTED)',
  14: 'unavailable (UNAVAILABLE)',
};

const explain = (headers: IncomingHttpHeaders): string => {
  const code = String(headers['grpc-status']);
  const detail = headers['grpc-message'];
  return `${codes[code] ?? `gRPC status ${code}`}${detail === undefined ? '' : `: ${detail}`}`;
};

export const createGrpcProbe =
  (contexts: TlsContexts): Probe<GrpcCheck> =>
  (target, timeout) =>
    attempt(target.id, timeout, (run) => {
      const { endpoint, check } = target;
      const { tls } = check;
      const options = (): ReturnType<typeof tlsOptions> | undefined => {
        try {
          return tls && { ...tlsOptions(tls, endpoint.address, contexts), ALPNProtocols: ['h2'] };
        } catch (error) {
          if (!(error instanceof LocalFault)) throw error;
          run.fault(error.why);
          return undefined;
        }
      };
      const secureOptions = options();
      if (run.isOver()) return () => {};

      const socket = dial(target);
      socket.on('error', run.breakOff);
      const over = secureOptions === undefined ? undefined : secure(socket, secureOptions);
      let found: { readonly warning?: string } = {};
      run.expect('connection');
      socket.once('connect', () => run.expect(over === undefined ? 'answer' : 'TLS handshake'));
      over?.on('error', run.breakOff);
      over?.once('secureConnect', () => {
        run.expect('answer');
        if (over.alpnProtocol !== 'h2') return run.fail('it does not offer HTTP/2');
        found = tls === undefined ? {} : warningOf(over, tls, contexts);
      });

      const session = connect(`${tls === undefined ? 'http' : 'https'}://${formatEndpoint(endpoint)}`, {
        createConnection: () => over ?? socket,
      });
      session.on('error', run.breakOff);
      session.on('goaway', () => run.fail('it sent GOAWAY'));
      session.on('close', () => run.fail('connection closed before an answer'));
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        'user-agent': 'regent',
        te: 'trailers',
        'grpc-timeout': `${Math.ceil(timeout)}m`,
      });
      stream.on('error', run.breakOff);

      let body = Buffer.alloc(0);
      let ended: IncomingHttpHeaders | undefined;
      stream.on('response', (headers) => {
        const status = Number(headers[HTTP2_HEADER_STATUS]);
        if (status !== 200) run.fail(`HTTP status ${status}`, found);
        // A failure comes as headers alone, without a message.
        else if (headers['grpc-status'] !== undefined && headers['grpc-status'] !== '0')
          run.fail(explain(headers), found);
      });
      stream.on('data', (chunk: Buffer) => {
        body = Buffer.concat([body, chunk]);
        if (body.length > mostBytes) run.fail('the answer is longer than 64 KiB', found);
      });
      stream.on('trailers', (headers) => {
        ended = headers;
      });
      stream.on('end', () => {
        if (ended?.['grpc-status'] === undefined) return run.fail('the answer has no gRPC status', found);
        if (ended['grpc-status'] !== '0') return run.fail(explain(ended), found);
        const status = decodeResponse(body);
        if (status === undefined) run.fail('the answer is no HealthCheckResponse', found);
        else if (servingStatus[status] === 'SERVING') run.succeed(found);
        else run.fail(`${servingStatus[status] ?? `status ${status}`} instead of SERVING`, found);
      });
      stream.end(encodeRequest(check.service));

      return () => {
        stream.close(NGHTTP2_CANCEL);
        session.destroy();
        cutSocket(socket);
      };
    });
