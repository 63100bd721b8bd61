// The exchange of commands with the other directors: told at once, compared every few seconds, tried again while one is away.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { Endpoint, PeersConfig } from '../config/model.ts';
import type { Commands } from './commands.ts';
import type { Log } from './log.ts';
import { decodePeerMessage, encodePeerMessage, type PeerMessage, sign, signatureHeader } from './peer-message.ts';

const exchangeEvery = 3000;
const patience = 2000;
const bodyLimit = 8 * 2 ** 20;

export type PeerStatus = {
  readonly address: string;
  /** Its name, once it has spoken. */
  readonly director?: string;
  readonly reachable: boolean;
  /** Wall time of the last change of `reachable`, milliseconds since the epoch. */
  readonly since: number;
  readonly lastError?: string;
  /** Whether it may not know the latest command yet. */
  readonly pending: boolean;
};

export type Peers = {
  readonly status: () => readonly PeerStatus[];
  /** A command was given: the others are told. */
  readonly tell: () => void;
  readonly close: () => void;
};

export type PeersOptions = {
  readonly config: PeersConfig;
  readonly director: string;
  readonly commands: () => Commands;
  readonly onMessage: (message: PeerMessage) => void;
  readonly log: Log;
};

const readBody = (incoming: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyLimit) incoming.destroy(new Error('it is too long'));
      chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', reject);
  });

const signatureOf = (incoming: IncomingMessage): string | undefined => incoming.headers[signatureHeader]?.toString();

const post = ({ address, port }: Endpoint, body: string, signature: string): Promise<[string, string | undefined]> =>
  new Promise((resolve, reject) => {
    const asking = request(
      {
        host: address,
        port,
        method: 'POST',
        path: '/v1/commands',
        // A connection each time: one that is kept would outlive a cut of the network unnoticed.
        agent: false,
        headers: { 'content-type': 'application/json', [signatureHeader]: signature },
        signal: AbortSignal.timeout(patience),
      },
      (response) => {
        readBody(response).then(
          (text) =>
            response.statusCode === 200
              ? resolve([text, signatureOf(response)])
              : reject(new Error(`it answers ${response.statusCode}: ${text.trim()}`)),
          reject,
        );
      },
    );
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${patience} ms`) : error),
    );
    asking.end(body);
  });

/** @throws Error of fs when the key cannot be read. */
const readKey = (path: string): Buffer => {
  const key = Buffer.from(readFileSync(path, 'utf8').trim());
  if (key.length < 16) throw new Error(`the key in ${path} is shorter than 16 characters`);
  return key;
};

/** @throws Error when the key cannot be read, or is too short. */
export const openPeers = ({ config, director, commands, onMessage, log }: PeersOptions): Peers => {
  const key = readKey(config.keyFile);
  const peers = new Map<string, PeerStatus & { readonly endpoint: Endpoint }>(
    config.directors.map((endpoint) => {
      const address = `${endpoint.address}:${endpoint.port}`;
      return [address, { address, endpoint, reachable: false, since: Date.now(), pending: true }];
    }),
  );
  let isClosed = false;
  let complaint = '';

  const note = (
    address: string,
    result: { readonly director: string } | { readonly error: string },
    isCurrent = false,
  ) => {
    const before = peers.get(address);
    if (before === undefined || isClosed) return;
    const isReachable = 'director' in result;
    const isChange = before.reachable !== isReachable || ('error' in result && before.lastError === undefined);
    const { lastError: _, ...rest } = before;
    const after = {
      ...rest,
      ...result,
      reachable: isReachable,
      since: isChange ? Date.now() : before.since,
      pending: !(isReachable && isCurrent),
      ...('error' in result && { lastError: result.error }),
    };
    peers.set(address, after);
    if (!isChange) return;
    const subject = after.director ?? address;
    if (isReachable)
      log('info', { process: 'director', subject }, `${address} knows the drains and weights by command`);
    else {
      log(
        'warn',
        { process: 'director', subject },
        `cannot tell ${address} of commands: ${result.error}; it is tried again every ${exchangeEvery / 1000} s`,
      );
    }
  };

  const exchange = async (address: string, endpoint: Endpoint): Promise<void> => {
    const told = commands();
    const body = encodePeerMessage(director, told);
    try {
      const [answer, signature] = await post(endpoint, body, sign(body, key));
      const message = decodePeerMessage(answer, signature, key);
      if (typeof message === 'string') note(address, { error: message });
      else {
        note(address, { director: message.director }, told === commands());
        onMessage(message);
      }
    } catch (error) {
      note(address, { error: error instanceof Error ? error.message : String(error) });
    }
  };
  const exchangeAll = (): void => {
    for (const { address, endpoint } of peers.values()) void exchange(address, endpoint);
  };

  const answer = async (incoming: IncomingMessage): Promise<[number, string]> => {
    if (incoming.method !== 'POST' || incoming.url !== '/v1/commands') return [404, 'there is only POST /v1/commands'];
    const message = decodePeerMessage(await readBody(incoming), signatureOf(incoming), key);
    if (typeof message === 'string') {
      const text = `refused a message from ${incoming.socket.remoteAddress}: ${message}`;
      if (text !== complaint) log('warn', { process: 'director' }, text);
      complaint = text;
      return [403, message];
    }
    onMessage(message);
    return [200, encodePeerMessage(director, commands())];
  };

  const server: Server = createServer({ requestTimeout: 10_000, headersTimeout: 5000 }, (incoming, response) => {
    answer(incoming).then(
      ([code, body]) => response.writeHead(code, { [signatureHeader]: sign(body, key) }).end(body),
      () => response.destroy(),
    );
  });
  server.maxConnections = 64;
  let retry: NodeJS.Timeout | undefined;
  const { address, port } = config.listen;
  const listen = (): void => void server.listen(port, address);
  server.on('error', (error: NodeJS.ErrnoException) => {
    const text = `cannot listen for peers on ${address}:${port}: ${error.code ?? error.message}`;
    if (text !== complaint) log('error', { process: 'director' }, `${text}; it is tried again`);
    complaint = text;
    retry = setTimeout(listen, exchangeEvery);
  });
  listen();
  const ticker = setInterval(exchangeAll, exchangeEvery);
  exchangeAll();

  return {
    status: () => [...peers.values()].map(({ endpoint: _, ...peer }) => peer),
    tell: () => {
      for (const [name, peer] of peers) peers.set(name, { ...peer, pending: true });
      exchangeAll();
    },
    close: () => {
      isClosed = true;
      clearInterval(ticker);
      clearTimeout(retry);
      server.close();
      server.closeAllConnections();
    },
  };
};
