// The control socket: HTTP over a Unix socket, for the commands and for scripts. Only root and the group regent may connect.

import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { messageOf } from '../../base/error.ts';
import { harmlessJson } from '../../base/harmless-text.ts';
import { removeFile } from '../../base/whole-file.ts';
import type { Greeting } from '../../channel/greeting.ts';
import { type LogRecord, writeRecord } from '../log/record.ts';
import { installedVersion } from '../processes/program.ts';
import { controlGreeting, greetingHeaders, refuseGreeting } from './greeting.ts';
import { sendPieces } from './send-pieces.ts';

export type ControlRequest = {
  /** The path's parameters, named in braces in its template. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body; undefined where there is none. */
  readonly body: unknown;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
};

export type Reply =
  | { readonly status: number; readonly body: unknown }
  | { readonly pieces: AsyncIterable<string>; readonly contentType: string }
  /** One JSON object a line, as records arrive. */
  | { readonly records: AsyncIterable<LogRecord> };

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in the OpenAPI file: `/v1/servers/{server}/drain`. */
  readonly path: string;
  readonly handle: (request: ControlRequest) => Reply | Promise<Reply>;
};

const bodyLimit = 8 * 2 ** 20;

export const failure = (status: number, error: string): Reply => ({ status, body: { error } });

const groupId = (name: string): number | undefined => {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
};

/** @returns the parameters; undefined when the path does not match. */
const matchPath = (template: string, path: string): Record<string, string> | undefined => {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined && part !== text) return undefined;
    if (name !== undefined) {
      try {
        params[name] = decodeURIComponent(text);
      } catch {
        return undefined;
      }
    }
  }
  return params;
};

const readBody = async (incoming: IncomingMessage): Promise<{ readonly value: unknown } | Reply> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) return failure(413, `The body is longer than ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return { value: undefined };
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return failure(400, 'The body is not JSON');
  }
};

const answer = async (routes: readonly Route[], incoming: IncomingMessage, signal: AbortSignal): Promise<Reply> => {
  const { method = '', url = '' } = incoming;
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const matching = routes.flatMap((route) => {
    const params = matchPath(route.path, pathname);
    return params === undefined ? [] : [{ route, params }];
  });
  if (matching.length === 0) return failure(404, `There is no ${pathname}`);
  const found = matching.find(({ route }) => route.method === method);
  if (found === undefined) {
    return failure(405, `${pathname} allows ${matching.map(({ route }) => route.method).join(', ')}, not ${method}`);
  }
  const body = await readBody(incoming);
  if (!('value' in body)) return body;
  return found.route.handle({ params: found.params, query, body: body.value, signal });
};

async function* toLines(records: AsyncIterable<LogRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${writeRecord(record)}\n`;
}

const send = async (reply: Reply, response: ServerResponse): Promise<void> => {
  if ('records' in reply) {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.flushHeaders();
    await sendPieces(toLines(reply.records), response);
    return;
  }
  if ('pieces' in reply) {
    response.writeHead(200, { 'content-type': reply.contentType });
    await sendPieces(reply.pieces, response);
    return;
  }
  response
    .writeHead(reply.status, { 'content-type': 'application/json' })
    .end(`${harmlessJson(JSON.stringify(reply.body))}\n`);
};

const serveOne = async (
  own: Greeting,
  routes: readonly Route[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for (const [name, value] of Object.entries(greetingHeaders(own))) response.setHeader(name, value);
  const why = refuseGreeting(own, incoming.headers);
  try {
    const reply = why === undefined ? await answer(routes, incoming, gone.signal) : failure(426, `Refused: ${why}`);
    await send(reply, response);
  } catch (error) {
    if (gone.signal.aborted) return;
    if (response.headersSent) response.destroy();
    else await send(failure(500, messageOf(error)), response);
  }
};

/** How often the socket file is checked, in milliseconds. */
const keepEvery = 1000;

export type ControlServer = { readonly close: () => void };

/** Lets the group in; only root may without it. @throws Error of fs */
const openToGroup = (path: string): void => {
  const group = groupId('regent');
  if (group !== undefined) chownSync(path, process.getuid?.() ?? 0, group);
  chmodSync(path, 0o660);
};

/**
 * Serves the routes; replaces a socket file left by an earlier director.
 * @param onFault called when the socket cannot be made; it is tried again every second.
 */
export const serveControl = (
  path: string,
  routes: readonly Route[],
  onFault: (why: string) => void = () => undefined,
): ControlServer => {
  removeFile(path);
  let fault = '';
  const complain = (error: unknown): void => {
    const text = messageOf(error);
    if (text !== fault) onFault(text);
    fault = text;
  };
  const own = controlGreeting(installedVersion());
  const server = createServer((incoming, response) => void serveOne(own, routes, incoming, response));
  const listen = (): void => {
    const before = process.umask(0o117);
    server.listen(path);
    process.umask(before);
  };
  server.on('error', complain);
  server.on('listening', () => {
    fault = '';
    try {
      openToGroup(path);
    } catch (error) {
      complain(error);
    }
  });
  listen();
  // A cleaned /run must not leave a director without its socket.
  const keeper = setInterval(() => {
    const isWhole = existsSync(path) && server.listening;
    if (isWhole || !existsSync(dirname(path))) return;
    server.close();
    // Its runtime directory is this director's own: a file that is left there is a dead socket.
    removeFile(path);
    listen();
  }, keepEvery);
  keeper.unref();
  return {
    close: () => {
      clearInterval(keeper);
      server.close();
      server.closeAllConnections();
    },
  };
};
