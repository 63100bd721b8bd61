// The port for the other directors: takes their messages and questions. What is not signed by them is refused.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { messageOf } from '../../base/error.ts';
import { elapsed, type Instant, monotonic } from '../../base/units.ts';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import type { Log } from '../log/log.ts';
import type { Answers } from './answers.ts';
import { decodePeerMessage, decodeQuestion, decodeStatusQuestion } from './message.ts';
import { readBody, signatureOf, signedHeaders } from './signed-body.ts';
import { boundStrangers } from './strangers.ts';

/** In milliseconds. */
const patience = 2000;
const retryEvery = 1000;
const refusalEvery = 10_000;

export type PeerServerOptions = {
  readonly listen: Endpoint;
  /** The addresses of the peers: connections from others are few and short. */
  readonly known: ReadonlySet<string>;
  readonly key: Buffer;
  readonly answers: Answers;
  readonly log: Log;
};

/** Listens until it is closed, and again where it cannot. */
export const servePeers = (options: PeerServerOptions): { readonly close: () => void } => {
  const { listen: own, known, key, answers, log } = options;
  let refusedAt: Instant | undefined;
  let refused = 0;
  /** The sender chooses its address and its fault, and must not fill the log with them. */
  const refuse = (incoming: IncomingMessage, why: string): [number, string] => {
    refused += 1;
    const now = monotonic();
    if (refusedAt !== undefined && elapsed(refusedAt, now) < refusalEvery) return [403, why];
    const others = refused === 1 ? '' : ` (the last of ${refused})`;
    log(
      'warn',
      { process: 'director', event: 'peer-refused' },
      `refused a message from ${incoming.socket.remoteAddress}: ${why}${others}`,
    );
    refusedAt = now;
    refused = 0;
    return [403, why];
  };
  const server: Server = createServer({
    requestTimeout: patience,
    headersTimeout: patience,
    connectionsCheckingInterval: retryEvery,
  });
  server.maxConnections = 64;
  const strangers = boundStrangers(server, known);
  const answer = async (incoming: IncomingMessage): Promise<[number, string]> => {
    const signature = signatureOf(incoming);
    const body = await readBody(incoming, key);
    switch (incoming.method === 'POST' ? incoming.url : undefined) {
      case '/v1/commands': {
        const message = decodePeerMessage(body, signature, key);
        if (typeof message === 'string') return refuse(incoming, message);
        strangers.admit(incoming.socket);
        return [200, answers.toMessage(message)];
      }
      case '/v1/connections': {
        const question = decodeQuestion(body, signature, key);
        if (typeof question === 'string') return refuse(incoming, question);
        strangers.admit(incoming.socket);
        const found = await answers.toQuestion(question);
        return found === undefined ? [409, 'connection_sync is not configured here'] : [200, found];
      }
      case '/v1/status': {
        const question = decodeStatusQuestion(body, signature, key);
        if (typeof question === 'string') return refuse(incoming, question);
        strangers.admit(incoming.socket);
        return [200, await answers.toStatusQuestion(question)];
      }
      default:
        return [404, 'there are only POST /v1/commands, POST /v1/connections and POST /v1/status'];
    }
  };

  server.on('request', (incoming, response) => {
    answer(incoming).then(
      ([code, body]) => response.writeHead(code, signedHeaders(body, key)).end(body),
      (error: unknown) => {
        refuse(incoming, messageOf(error));
        response.destroy();
      },
    );
  });
  let retry: NodeJS.Timeout | undefined;
  let complaint = '';
  const { address, port } = own;
  const listen = (): void => void server.listen(port, address);
  server.on('error', (error: NodeJS.ErrnoException) => {
    const text = `cannot listen for peers on ${formatEndpoint(own)}: ${error.code ?? error.message}`;
    if (text !== complaint)
      log('error', { process: 'director', event: 'peers-not-heard' }, `${text}; it is tried again every second`);
    complaint = text;
    retry = setTimeout(listen, retryEvery);
  });
  listen();

  return {
    close: () => {
      clearTimeout(retry);
      server.close();
      server.closeAllConnections();
    },
  };
};
