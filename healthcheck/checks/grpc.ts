// The gRPC check: grpc.health.v1.Health/Check over HTTP/2 must answer SERVING. Frames are read here, not by node:http2, because
// frames of a hostile server abort the process in it.

import type { GrpcCheck } from '../../config/model/check-model.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { type Shown, shownBy } from '../certificate.ts';
import { cutSocket, dial, secure, tlsOptions } from '../connection.ts';
import type { Target } from '../messages.ts';
import type { Probe } from '../outcome.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { decodeResponse, encodeRequest, servingStatus } from './grpc-codec.ts';
import { createExchange, type Exchange, type Fields, type Progress } from './h2-exchange.ts';

/** gRPC status codes that may answer a health check (grpc/statuscodes). */
const codes: Readonly<Record<string, string>> = {
  5: 'the service is unknown to it (NOT_FOUND)',
  12: 'it has no health service (UNIMPLEMENTED)',
  14: 'unavailable (UNAVAILABLE)',
};

const explain = (fields: Fields): string => {
  const code = fields.get('grpc-status') ?? '';
  const detail = fields.get('grpc-message');
  return `${codes[code] ?? `gRPC status ${code}`}${detail === undefined ? '' : `: ${detail}`}`;
};

/** What is wrong with a complete answer; undefined if it is SERVING. */
const judge = ({ head, trailers, body }: Progress): string | undefined => {
  // A failure is headers alone, without a message.
  const ending = trailers ?? head;
  const code = ending?.get('grpc-status');
  if (ending === undefined || code === undefined) return 'the answer has no gRPC status';
  if (code !== '0') return explain(ending);
  const status = decodeResponse(body);
  if (status === undefined) return 'the answer is not a HealthCheckResponse';
  const name = servingStatus[status] ?? `status ${status}`;
  return name === 'SERVING' ? undefined : `${name} instead of SERVING`;
};

const begin = ({ endpoint, check }: Target<GrpcCheck>, timeout: number): Exchange =>
  createExchange(
    [
      [':method', 'POST'],
      [':scheme', check.tls === undefined ? 'http' : 'https'],
      [':path', '/grpc.health.v1.Health/Check'],
      [':authority', formatEndpoint(endpoint)],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['user-agent', 'regent'],
      ['grpc-timeout', `${Math.ceil(timeout)}m`],
    ],
    encodeRequest(check.service),
  );

const converse = (target: Target<GrpcCheck>, timeout: number, contexts: TlsContexts, run: Attempt): (() => void) => {
  const { endpoint, check } = target;
  const { tls } = check;
  const options = tls && { ...tlsOptions(tls, endpoint.address, contexts), ALPNProtocols: ['h2'] };
  const exchange = begin(target, timeout);
  let found: Shown = {};

  run.expect('connection');
  const socket = dial(target);
  socket.on('error', run.breakOff);
  const over = options && secure(socket, options);
  over?.on('error', run.breakOff);
  const stream = over ?? socket;

  const take = (bytes: Buffer) => {
    if (run.isOver()) return;
    const progress = exchange.read(bytes);
    const { head, failure, isEnded, replies } = progress;
    const status = head?.get(':status') ?? '200';
    if (failure !== undefined) return run.fail(failure, found);
    if (status !== '200') return run.fail(`HTTP status ${status}`, found);
    if (!isEnded) {
      if (replies.length > 0) stream.write(replies);
      return;
    }
    const error = judge(progress);
    if (error === undefined) run.succeed(found);
    else run.fail(error, found);
  };
  const ask = (): void => {
    run.expect('answer');
    stream.write(exchange.opening);
  };

  stream.on('data', take);
  stream.on('end', () => run.fail('connection closed before an answer', found));
  if (over === undefined) socket.once('connect', ask);
  else {
    socket.once('connect', () => run.expect('TLS handshake'));
    over.once('secureConnect', () => {
      if (tls !== undefined) found = shownBy(over, tls, contexts);
      if (over.alpnProtocol === 'h2') ask();
      else run.fail('it does not offer HTTP/2', found);
    });
  }
  return () => cutSocket(socket);
};

export const createGrpcProbe =
  (contexts: TlsContexts): Probe<GrpcCheck> =>
  (target, timeout) =>
    attempt(target.id, timeout, (run) => converse(target, timeout, contexts, run));
