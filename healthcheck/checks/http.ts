// The HTTP and HTTPS checks: a request, and what its answer must be.

import { type ClientRequest, type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { expiryOf } from '../certificate.ts';
import { authorityOf, tlsOptions } from '../connection.ts';
import type { Target } from '../messages.ts';
import { LocalFault } from '../network-error.ts';
import type { Probe } from '../outcome.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { awaitBody, type BodyRule } from './http-body.ts';
import { createHttpPool, type HttpPool } from './http-pool.ts';

type WebCheck = HttpCheck | HttpsCheck;
/** What is asked for on the server: where a redirect leads changes it. */
type Place = { readonly path: string; readonly host: string };

const showRanges = ({ expectedStatus }: WebCheck): string =>
  expectedStatus.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(', ');

const isExpected = ({ expectedStatus }: WebCheck, status: number): boolean =>
  expectedStatus.some(({ from, to }) => status >= from && status <= to);

/** Where a redirect leads on the same server; in words, why it cannot be followed. */
const follow = (check: WebCheck, { path, host }: Place, location: string): Place | string => {
  const base = `${check.type}://${host}${path}`;
  if (!URL.canParse(location, base)) return `redirected to "${location}", which is no address`;
  const url = new URL(location, base);
  if (url.protocol !== `${check.type}:`) return `redirected to ${url}, away from ${check.type}`;
  return { path: `${url.pathname}${url.search}`, host: url.host };
};

const bodyRule = ({ bodyContains, bodyMatches }: WebCheck): BodyRule | undefined => {
  if (bodyMatches !== undefined) return { matches: new RegExp(bodyMatches, 'u') };
  return bodyContains === undefined ? undefined : { contains: bodyContains };
};

/** The name in a Host header, without its port and brackets. */
const nameIn = (host: string): string => new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');

const open = (
  { endpoint, check }: Target<WebCheck>,
  { path, host }: Place,
  agent: ReturnType<HttpPool['take']>['agent'],
  contexts: TlsContexts,
): ClientRequest => {
  const options = {
    host: endpoint.address,
    port: endpoint.port,
    method: check.method,
    path,
    headers: { host, 'user-agent': 'regent', ...check.headers },
    agent,
    ...(check.sourceAddress !== undefined && { localAddress: check.sourceAddress }),
  };
  if (check.type === 'http') return requestPlainly(options);
  const name = check.host === undefined ? endpoint.address : nameIn(check.host);
  return requestSecurely({ ...options, ...tlsOptions(check.tls, name, contexts) });
};

const watchStages = (request: ClientRequest, run: Attempt, { type }: WebCheck): void => {
  request.once('socket', (socket) => {
    run.expect(socket.connecting ? 'connection' : 'response');
    socket.once('connect', () => run.expect(type === 'https' ? 'TLS handshake' : 'response'));
    socket.once('secureConnect', () => run.expect('response'));
  });
  request.once('response', () => run.expect('whole body'));
};

/** Ends an exchange. Only a bare TCP connection can be reset, which leaves no TIME_WAIT behind. */
const cut = (request: ClientRequest): void => {
  const { socket } = request;
  const isBare = socket !== null && !(socket instanceof TLSSocket);
  if (isBare && !socket.connecting && !socket.destroyed) socket.resetAndDestroy();
  request.destroy();
};

const begin = (target: Target<WebCheck>, pool: HttpPool, contexts: TlsContexts, run: Attempt): (() => void) => {
  const { check } = target;
  const rule = bodyRule(check);
  let current: ClientRequest | undefined;
  let isKept = false;

  const redirect = (location: string, place: Place, followed: number): string | undefined => {
    if (followed === check.followRedirects) return `redirected more than ${followed} times`;
    const next = follow(check, place, location);
    if (typeof next === 'string') return next;
    if (current !== undefined) cut(current);
    send(next, followed + 1);
    return undefined;
  };

  const judge = (response: IncomingMessage, place: Place, followed: number): void => {
    const status = response.statusCode ?? 0;
    const found =
      check.type === 'https' && response.socket instanceof TLSSocket
        ? expiryOf(response.socket, check.tls.expiryWarning)
        : {};
    const { location } = response.headers;
    response.on('error', (error) => {
      if (response.socket === current?.socket) run.breakOff(error);
    });
    if (status >= 300 && status < 400 && location !== undefined && check.followRedirects > 0) {
      const error = redirect(location, place, followed);
      if (error !== undefined) run.fail(error, found);
    } else if (!isExpected(check, status)) {
      isKept = false;
      run.fail(`status ${status} instead of ${showRanges(check)}`, found);
    } else if (rule === undefined && !isKept) {
      run.succeed(found);
    } else {
      awaitBody(response, rule, (error, isWhole) => {
        isKept = isKept && isWhole;
        if (error === undefined) run.succeed(found);
        else run.fail(error, found);
      });
    }
  };

  const send = (place: Place, followed: number, isRepeated = false): void => {
    const { agent, keeps } = pool.take(target);
    isKept = keeps;
    const request = open(target, place, agent, contexts);
    current = request;
    watchStages(request, run, check);
    if (keeps) pool.count(request);
    request.once('response', (response) => judge(response, place, followed));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (request !== current || run.isOver()) return;
      // A kept connection may end just when it is used again: that says nothing of the server.
      if (request.reusedSocket && !isRepeated && error.code === 'ECONNRESET') send(place, followed, true);
      else run.breakOff(error);
    });
    request.end();
  };

  try {
    send({ path: check.path, host: check.host ?? authorityOf(target.endpoint) }, 0);
  } catch (error) {
    if (!(error instanceof LocalFault)) throw error;
    run.fault(error.why);
  }
  return () => {
    if (!isKept && current !== undefined) cut(current);
  };
};

/** @param mostKept how many connections may be kept for later probes, over all servers. */
export const createHttpProbe = (contexts: TlsContexts, mostKept: number): Probe<WebCheck> => {
  const pool = createHttpPool(mostKept);
  return (target, timeout) => attempt(target.id, timeout, (run) => begin(target, pool, contexts, run));
};
