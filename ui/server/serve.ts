// Serves the page on the loopback: its files, its stream of server-sent events, and its orders.

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Audience } from '../../controller/page/audience.ts';
import type { PageFiles } from '../../controller/page/page-files.ts';
import { protection } from '../../controller/page/protection.ts';
import { decodeOrder } from '../model/order.ts';
import type { Order } from '../model/view.ts';
import type { Answer, Directors } from './directors.ts';
import { type Asked, cookieOf, isPrefetch, type Refusal, refuseHost, refuseOrigin } from './gate.ts';
import { lastReport, reportPolicy, typeOfReport } from './report.ts';
import type { Sessions } from './sessions.ts';

export type Site = {
  readonly files: PageFiles;
  readonly sessions: Sessions;
  readonly audience: Audience;
  readonly directors: Pick<Directors, 'plan' | 'command'>;
  readonly readOnly: boolean;
  /** Of the last drill, as a file or a folder of them. */
  readonly report: string;
};

const mostBytes = 64 * 1024;
/** How long a request may take to arrive, in milliseconds: other users of this host may open connections, too. */
const patience = 10_000;
const lookEvery = 2000;
const mostConnections = 512;

/** Cookies do not know ports: each page of this host has a name of its own for its cookie. */
const cookieName = ({ socket }: IncomingMessage): string => `regent-${socket.localPort}`;

const answer = (response: ServerResponse, status: number, type: string, body: string | Buffer): void => {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
};
const say = (response: ServerResponse, { status, why }: Refusal): void =>
  answer(response, status, 'text/plain; charset=utf-8', `${why}\n`);
const answerJson = (response: ServerResponse, status: number, body: unknown): void =>
  answer(response, status, 'application/json', JSON.stringify(body));

/** @returns undefined where the body is too long or no JSON. */
const readBody = async (incoming: IncomingMessage): Promise<unknown> => {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming as AsyncIterable<string>) {
    text += chunk;
    if (text.length > mostBytes) return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** The browser follows this as a step of its own site, which a redirection of another site's link would not be. */
const welcome =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>regent</title><meta http-equiv="refresh" content="0;url=/"></html>\n';

const redeem = (site: Site, asked: Asked, token: string, incoming: IncomingMessage, response: ServerResponse): void => {
  const session = asked.method === 'GET' && !isPrefetch(asked) ? site.sessions.redeem(token) : undefined;
  if (session === undefined) {
    const why = 'This address was used already. Press Enter where regent ui runs: it prints a new one.';
    say(response, { status: 403, why });
    return;
  }
  response.setHeader('set-cookie', `${cookieName(incoming)}=${session}; HttpOnly; SameSite=Strict; Path=/`);
  answer(response, 200, 'text/html; charset=utf-8', welcome);
};

const sendReport = (place: string, response: ServerResponse): void => {
  const found = existsSync(place) ? lastReport(place) : undefined;
  if (found === undefined) {
    say(response, { status: 404, why: 'There is no report yet.' });
    return;
  }
  response.setHeader('content-security-policy', reportPolicy);
  answer(response, 200, typeOfReport(found.path), readFileSync(found.path));
};

type Work = (order: Order) => Promise<readonly Answer[]>;

const takeOrder = async (work: Work, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const order = decodeOrder(await readBody(incoming));
  if (order === undefined) say(response, { status: 400, why: 'This is no order.' });
  else answerJson(response, 200, await work(order));
};

const respond = async (
  { directors, audience, report, readOnly, files }: Site,
  { method, path }: Asked,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const works: Readonly<Record<string, Work>> = { '/plan': directors.plan, '/command': directors.command };
  const work = method === 'POST' && Object.hasOwn(works, path) ? works[path] : undefined;
  const file = files.get(path);
  if (work !== undefined && readOnly) say(response, { status: 403, why: 'This page is read only.' });
  else if (work !== undefined) await takeOrder(work, incoming, response);
  else if (method !== 'GET' && method !== 'HEAD') say(response, { status: 405, why: 'Only GET is allowed here.' });
  else if (path === '/stream' && method === 'HEAD') answer(response, 200, 'text/event-stream', '');
  else if (path === '/stream') audience.add(response);
  else if (path === '/report') sendReport(report, response);
  else if (file !== undefined) answer(response, 200, file.type, file.body);
  else say(response, { status: 404, why: `There is no ${path}.` });
};

const handle = async (site: Site, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const asked: Asked = { method: incoming.method ?? '', path: url.pathname, headers: incoming.headers };
  for (const [name, value] of Object.entries(protection)) response.setHeader(name, value);
  const token = url.searchParams.get('token');
  const misled = refuseHost(asked);
  if (misled !== undefined) say(response, misled);
  else if (asked.path === '/' && token !== null) redeem(site, asked, token, incoming, response);
  else if (site.sessions.isOpen(cookieOf(asked, cookieName(incoming)))) {
    const foreign = refuseOrigin(asked);
    if (foreign === undefined) await respond(site, asked, incoming, response);
    else say(response, foreign);
  } else {
    const why = 'Open the address that regent ui prints; press Enter there for a new one.';
    say(response, { status: 401, why });
  }
};

/** @param port 0 for any that is free. */
export const serveSite = (site: Site, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const limits = { headersTimeout: patience, requestTimeout: patience, connectionsCheckingInterval: lookEvery };
    const server = createServer(limits, (incoming, response) => {
      handle(site, incoming, response).catch(() => {
        if (response.headersSent) response.destroy();
        else say(response, { status: 500, why: 'The page failed to answer.' });
      });
    });
    server.maxConnections = mostConnections;
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
