// The exchange with the other directors: commands, sent at once and compared every second, and connections, on request.

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { elapsed, type Instant, type Milliseconds, monotonic } from '../../base/units.ts';
import type { PeersConfig } from '../../config/model/model.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Log } from '../log/log.ts';
import type { Commands } from '../operator/commands.ts';
import { readBody, signatureHeader, signedHeaders } from './body.ts';
import {
  decodeAnswer,
  decodePeerMessage,
  decodeQuestion,
  encodeAnswer,
  encodePeerMessage,
  encodeQuestion,
  type PeerMessage,
  peerGreeting,
  type TableAnswer,
  type TableQuestion,
} from './message.ts';
import { boundStrangers } from './strangers.ts';

/** In milliseconds; less than a master down interval: a cut is noticed before the other side is master. */
const exchangeEvery = 1000;
const patience = 2000;
const refusalEvery = 10_000;
/** In milliseconds; the kernel takes a minute to read a table of a million connections. */
const tablePatience = 120_000;

export type PeerStatus = {
  readonly address: string;
  /** Its name and version, once it has answered. */
  readonly director?: string;
  readonly build?: string;
  readonly reachable: boolean;
  /** Wall time of the last change of `reachable`, milliseconds since the epoch. */
  readonly since: number;
  /** How long ago that was, by the monotonic clock. */
  readonly lasted: Milliseconds;
  readonly lastError?: string;
  /** Whether it may miss the latest command. */
  readonly pending: boolean;
};

type Peer = Omit<PeerStatus, 'lasted'> & { readonly endpoint: Endpoint; readonly changedAt: Instant };

export type Peers = {
  readonly status: () => readonly PeerStatus[];
  /** Sends a new command to the others. */
  readonly tell: () => void;
  /** Asks a peer, named by its address, for its established connections; the peer also sends them to this host's kernel. */
  readonly askTable: (address: string, rules: boolean) => Promise<TableAnswer>;
  readonly close: () => void;
};

export type PeersOptions = {
  readonly config: PeersConfig;
  readonly director: string;
  /** The version of this director. */
  readonly build: string;
  readonly commands: () => Commands;
  readonly onMessage: (message: PeerMessage) => void;
  /** Fingerprints of this director's established connections for a peer; undefined where it does not synchronise connections. */
  readonly onQuestion: (question: TableQuestion) => Promise<Uint32Array | undefined>;
  readonly log: Log;
};

const signatureOf = (incoming: IncomingMessage): string | undefined => incoming.headers[signatureHeader]?.toString();

type Post = {
  readonly to: Endpoint;
  readonly path: '/v1/commands' | '/v1/connections';
  readonly body: string;
  readonly key: Buffer;
  /** How long to wait for the answer, in milliseconds. */
  readonly limit: number;
};

const post = ({ to: { address, port }, path, body, key, limit }: Post): Promise<[string, string | undefined]> =>
  new Promise((resolve, reject) => {
    const asking = request(
      {
        host: address,
        port,
        method: 'POST',
        path,
        // A new connection each time: a kept one would hide a network cut.
        agent: false,
        headers: signedHeaders(body, key),
        signal: AbortSignal.timeout(limit),
      },
      (response) => {
        readBody(response, key).then(
          (text) =>
            response.statusCode === 200
              ? resolve([text, signatureOf(response)])
              : reject(new Error(`it answers ${response.statusCode}: ${text.trim()}`)),
          reject,
        );
      },
    );
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${limit} ms`) : error),
    );
    asking.end(body);
  });

const mostKeyBytes = 2 ** 16;

/** @throws with a readable message when the key cannot be read. */
const readKey = (path: string): Buffer => {
  const key = Buffer.from(readRegularFile(path, mostKeyBytes).toString('utf8').trim());
  if (key.length < 16) throw new Error(`the key in ${path} is shorter than 16 characters`);
  return key;
};

/** @throws with a readable message when the key cannot be read or is too short. */
export const openPeers = (options: PeersOptions): Peers => {
  const { config, director, build, commands, onMessage, onQuestion, log } = options;
  const greeting = peerGreeting(build);
  const key = readKey(config.keyFile);
  const peers = new Map<string, Peer>(
    config.directors.map((endpoint) => {
      const address = `${endpoint.address}:${endpoint.port}`;
      return [
        address,
        { address, endpoint, reachable: false, since: Date.now(), changedAt: monotonic(), pending: true },
      ];
    }),
  );
  let isClosed = false;
  let complaint = '';

  const note = (
    address: string,
    result: Pick<PeerMessage, 'director' | 'build'> | { readonly error: string },
    isCurrent = false,
  ) => {
    const before = peers.get(address);
    if (before === undefined || isClosed) return;
    const isReachable = 'director' in result;
    const isChange = before.reachable !== isReachable || ('error' in result && before.lastError === undefined);
    const { lastError: _, ...rest } = before;
    const after: Peer = {
      ...rest,
      ...('director' in result && { director: result.director, ...(result.build && { build: result.build }) }),
      reachable: isReachable,
      ...(isChange && { since: Date.now(), changedAt: monotonic() }),
      pending: !(isReachable && isCurrent),
      ...('error' in result && { lastError: result.error }),
    };
    peers.set(address, after);
    if (!isChange) return;
    const subject = after.director ?? address;
    if (isReachable)
      log(
        'info',
        { process: 'director', subject, event: 'peer-connected' },
        `drains and weights by command are exchanged with ${address}`,
      );
    else {
      log(
        'warn',
        { process: 'director', subject, event: 'peer-lost' },
        `cannot exchange commands with ${address}: ${result.error}; it is tried again every second`,
      );
    }
  };

  const exchange = async (address: string, endpoint: Endpoint): Promise<void> => {
    const told = commands();
    const body = encodePeerMessage(director, told, greeting);
    try {
      const [answer, signature] = await post({
        to: endpoint,
        path: '/v1/commands',
        body,
        key,
        limit: patience,
      });
      const message = decodePeerMessage(answer, signature, key);
      if (typeof message === 'string') note(address, { error: message });
      else {
        note(address, message, told === commands());
        onMessage(message);
      }
    } catch (error) {
      note(address, { error: messageOf(error) });
    }
  };
  const exchangeAll = (): void => {
    for (const { address, endpoint } of peers.values()) void exchange(address, endpoint);
  };

  const askTable: Peers['askTable'] = async (name, rules) => {
    const to = peers.get(name)?.endpoint;
    if (to === undefined) throw new Error(`${name} is not a peer`);
    const nonce = randomUUID();
    const body = encodeQuestion({ director, nonce, rules }, greeting);
    const path = '/v1/connections';
    const [text, signature] = await post({ to, path, body, key, limit: tablePatience });
    const table = decodeAnswer(text, signature, key, nonce);
    if (typeof table === 'string') throw new Error(table);
    return table;
  };

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
    connectionsCheckingInterval: exchangeEvery,
  });
  server.maxConnections = 64;
  const strangers = boundStrangers(server, new Set(config.directors.map((endpoint) => endpoint.address)));
  const answerQuestion = async (question: TableQuestion): Promise<[number, string]> => {
    const established = await onQuestion(question);
    if (established === undefined) return [409, 'connection_sync is not configured here'];
    return [200, encodeAnswer({ director, nonce: question.nonce, established }, greeting)];
  };
  const answer = async (incoming: IncomingMessage): Promise<[number, string]> => {
    const signature = signatureOf(incoming);
    const body = await readBody(incoming, key);
    switch (incoming.method === 'POST' ? incoming.url : undefined) {
      case '/v1/commands': {
        const message = decodePeerMessage(body, signature, key);
        if (typeof message === 'string') return refuse(incoming, message);
        strangers.admit(incoming.socket);
        onMessage(message);
        return [200, encodePeerMessage(director, commands(), greeting)];
      }
      case '/v1/connections': {
        const question = decodeQuestion(body, signature, key);
        if (typeof question === 'string') return refuse(incoming, question);
        strangers.admit(incoming.socket);
        return await answerQuestion(question);
      }
      default:
        return [404, 'there are only POST /v1/commands and POST /v1/connections'];
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
  const { address, port } = config.listen;
  const listen = (): void => void server.listen(port, address);
  server.on('error', (error: NodeJS.ErrnoException) => {
    const text = `cannot listen for peers on ${address}:${port}: ${error.code ?? error.message}`;
    if (text !== complaint)
      log('error', { process: 'director', event: 'peers-not-heard' }, `${text}; it is tried again every second`);
    complaint = text;
    retry = setTimeout(listen, exchangeEvery);
  });
  listen();
  const ticker = setInterval(exchangeAll, exchangeEvery);
  exchangeAll();

  return {
    status: () =>
      [...peers.values()].map(({ endpoint: _, changedAt, ...peer }) => ({
        ...peer,
        lasted: elapsed(changedAt, monotonic()),
      })),
    tell: () => {
      for (const [name, peer] of peers) peers.set(name, { ...peer, pending: true });
      exchangeAll();
    },
    askTable,
    close: () => {
      isClosed = true;
      clearInterval(ticker);
      clearTimeout(retry);
      server.close();
      server.closeAllConnections();
    },
  };
};
