// The HTTP and HTTPS checks: a request, and the expected answer.

import { TLSSocket } from 'node:tls';
import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { type Shown, shownBy } from '../certificate.ts';
import { cutSocket, dial, secure, tlsOptions } from '../connection.ts';
import type { Target } from '../messages.ts';
import type { Probe } from '../outcome.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { type Answer, createAnswerReader } from './http-answer.ts';
import { type BodyRules, readBodyRules } from './http-body.ts';
import { createHttpPool, type HttpPool, type Line } from './http-pool.ts';
import { encodeRequest, followRedirect, nameInHost, type Place } from './http-request.ts';

type WebCheck = HttpCheck | HttpsCheck;
type Found = Shown;

/** Bytes to read of a body that is not judged, so that its connection can be kept. */
const mostSkipped = 1024 * 1024;

const showRanges = ({ expectedStatus }: WebCheck): string =>
  expectedStatus.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(', ');

const isExpected = ({ expectedStatus }: WebCheck, status: number): boolean =>
  expectedStatus.some(({ from, to }) => status >= from && status <= to);

/** An error without a listener is an exception, and may come at any time while a socket lives. */
const ignore = (): void => {};

const open = (target: Target<WebCheck>, contexts: TlsContexts, run: Attempt): Line => {
  const { check, endpoint } = target;
  run.expect('connection');
  if (check.type === 'http') {
    const bare = dial(target);
    bare.on('error', ignore).once('connect', () => run.expect('response'));
    return { bare, stream: bare, uses: 0 };
  }
  const name = check.host === undefined ? endpoint.address : nameInHost(check.host);
  const options = { ...tlsOptions(check.tls, name, contexts), ALPNProtocols: ['http/1.1'] };
  const bare = dial(target);
  const stream = secure(bare, options);
  bare.on('error', run.breakOff).once('connect', () => run.expect('TLS handshake'));
  stream.on('error', ignore).once('secureConnect', () => run.expect('response'));
  return { bare, stream, uses: 0 };
};

/** Sends a request and reads everything that comes back, until `leave` is called. */
const converse = (
  line: Line,
  text: string,
  reader: ReturnType<typeof createAnswerReader>,
  handlers: { readonly answer: (answer: Answer) => void; readonly cut: (error: Error | undefined) => void },
): (() => void) => {
  const { stream } = line;
  let hasAnswered = false;
  const onData = (bytes: Buffer): void => {
    hasAnswered = true;
    handlers.answer(reader.read(bytes));
  };
  const onEnd = (): void => {
    const answer = reader.end();
    if (hasAnswered && (answer.head !== undefined || answer.malformed !== undefined)) handlers.answer(answer);
    else handlers.cut(undefined);
  };
  stream.on('data', onData).on('end', onEnd).on('error', handlers.cut);
  line.uses += 1;
  stream.write(text);
  return () => {
    stream.off('data', onData).off('end', onEnd).off('error', handlers.cut);
  };
};

const begin = (
  target: Target<WebCheck>,
  rules: BodyRules,
  pool: HttpPool,
  contexts: TlsContexts,
  run: Attempt,
): (() => void) => {
  const { check } = target;
  let line: Line | undefined;
  let leave = (): void => {};
  let isFit = false;
  let isPassed = false;
  let isAskedAgain = false;

  const pass = (found: Found): void => {
    isPassed = true;
    run.succeed(found);
  };

  const judgeBody = (answer: Answer, found: Found, again: () => void) => {
    const error = rules.judge(answer.body(), answer.isWhole);
    if (error !== undefined) return run.fail(error, found);
    isFit = check.keepAlive && answer.keepsAlive;
    // Ask again only once: a server may end its connection after every answer.
    if (isFit && pool.isDoubted(target) && line?.uses === 1 && !isAskedAgain) again();
    else pass(found);
  };

  const ask = (place: Place, followed: number, on: Line): void => {
    line = on;
    const isReused = on.uses > 0;
    const reader = createAnswerReader(check.method, rules.reach);
    let found: Found | undefined;

    const again = (): void => {
      isAskedAgain = true;
      leave();
      run.atDeadline(undefined);
      run.expect('response to the second request of a connection');
      ask(place, followed, on);
    };

    const redirect = (location: string) => {
      if (followed === check.followRedirects) return run.fail(`redirected more than ${followed} times`, found);
      const next = followRedirect(check, place, location);
      if (typeof next === 'string') return run.fail(next, found);
      leave();
      cutSocket(on.bare);
      ask(next, followed + 1, open(target, contexts, run));
    };

    const judgeHead = (status: number, fields: ReadonlyMap<string, readonly string[]>): void => {
      found =
        check.type === 'https' && on.stream instanceof TLSSocket
          ? shownBy(on.stream, check.tls, contexts)
          : ({} satisfies Found);
      const location = fields.get('location')?.[0];
      if (status >= 300 && status < 400 && location !== undefined && check.followRedirects > 0) redirect(location);
      else if (!isExpected(check, status)) run.fail(`status ${status} instead of ${showRanges(check)}`, found);
      else {
        run.expect('whole body');
        // The body is not judged: it is read only to keep the connection.
        const passed = found;
        if (rules.reach === 0) run.atDeadline(() => pass(passed));
      }
    };

    const take = (answer: Answer) => {
      if (run.isOver() || line !== on) return;
      const { head, malformed, flaw } = answer;
      if (head === undefined) {
        if (malformed !== undefined) run.fail(`it does not speak HTTP: ${malformed}`);
        return;
      }
      if (check.strict && flaw !== undefined) return run.fail(`it breaks the rules of HTTP: ${flaw}`, found);
      if (found === undefined) judgeHead(head.status, head.fields);
      if (run.isOver() || line !== on || found === undefined) return;
      if (malformed !== undefined && rules.reach > 0) return run.fail(`its body cannot be read: ${malformed}`, found);
      const isEnough = rules.reach > 0 ? answer.isBodyFull : !check.keepAlive || answer.bodyLength > mostSkipped;
      if (isEnough || answer.isWhole || malformed !== undefined) judgeBody(answer, found, again);
    };

    leave = converse(on, encodeRequest(check, place), reader, {
      answer: take,
      cut: (error) => {
        if (run.isOver() || line !== on) return;
        // A kept connection may close just as it is reused: no failure of the server.
        const isRace =
          error === undefined || ('code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE'));
        if (isReused && found === undefined && isRace) {
          leave();
          cutSocket(on.bare);
          ask(place, followed, open(target, contexts, run));
        } else if (error === undefined) run.fail('connection closed without an answer');
        else if (found !== undefined && rules.reach === 0) pass(found);
        else run.breakOff(error);
      },
    });
  };

  const kept = check.keepAlive ? pool.take(target) : undefined;
  if (kept !== undefined) run.expect('response on a kept connection');
  ask(
    { path: check.path, host: check.host ?? formatEndpoint(target.endpoint) },
    0,
    kept ?? open(target, contexts, run),
  );
  return () => {
    leave();
    // A server that answers only the first request of a connection must not pass every other time.
    if (check.keepAlive) pool.doubt(target, !isPassed && (pool.isDoubted(target) || (line?.uses ?? 0) > 1));
    if (line === undefined) return;
    if (isPassed && isFit) pool.keep(target, line);
    else cutSocket(line.bare);
  };
};

/** @param mostKept connections that may be kept for later probes, over all servers. */
export const createHttpProbe = (contexts: TlsContexts, mostKept: number): Probe<WebCheck> => {
  const pool = createHttpPool(mostKept);
  // Compile expressions once per target.
  const compiled = new WeakMap<Target<WebCheck>, BodyRules>();
  const rulesFor = (target: Target<WebCheck>): BodyRules => {
    const rules = compiled.get(target) ?? readBodyRules(target.check);
    compiled.set(target, rules);
    return rules;
  };
  return (target, timeout) =>
    attempt(target.id, timeout, (run) => begin(target, rulesFor(target), pool, contexts, run));
};
