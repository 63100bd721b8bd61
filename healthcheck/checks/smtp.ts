// The SMTP check: banner, EHLO, STARTTLS if configured, QUIT (RFC 5321, section 4.1; RFC 3207).

import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { messageOf } from '../../base/error.ts';
import type { SmtpCheck } from '../../config/model/check-model.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { type Shown, shownBy } from '../certificate.ts';
import { cutSocket, dial, secure, tlsOptions } from '../connection.ts';
import { LocalFault } from '../network-error.ts';
import type { Probe } from '../outcome.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { createReplyReader, type Reply } from './smtp-reply.ts';

type Talk = {
  /** Waits for any reply. */
  readonly awaitReply: (to: string) => Promise<Reply>;
  /** Waits for a reply; any other code ends the attempt, and the promise never resolves. */
  readonly expect: (code: number, to: string) => Promise<Reply>;
  readonly say: (line: string) => void;
  readonly hasRest: () => boolean;
};

const talkOver = (socket: Socket, run: Attempt, hangUp: () => void): Talk => {
  const reader = createReplyReader();
  const waiting: Reply[] = [];
  let take: ((reply: Reply) => void) | undefined;
  socket.on('data', (chunk) => {
    const { replies, malformed } = reader.read(chunk);
    waiting.push(...replies);
    if (malformed !== undefined) return run.fail(`it does not speak SMTP: "${malformed}"`);
    const next = take;
    if (next === undefined) return;
    const reply = waiting.shift();
    if (reply === undefined) return;
    take = undefined;
    next(reply);
  });
  socket.on('end', hangUp);
  const awaitReply = (to: string): Promise<Reply> => {
    run.expect(`reply to ${to}`);
    return new Promise((resolve) => {
      const early = waiting.shift();
      if (early === undefined) take = resolve;
      else resolve(early);
    });
  };
  const refuse = ({ code, lines }: Reply, to: string): Promise<never> => {
    run.fail(`answered ${code} to ${to}: ${lines.join(' ').slice(0, 100)}`);
    return new Promise(() => {});
  };
  return {
    awaitReply,
    expect: async (code, to) => {
      const reply = await awaitReply(to);
      return reply.code === code ? reply : refuse(reply, to);
    },
    say: (line) => socket.write(`${line}\r\n`),
    hasRest: () => waiting.length > 0 || reader.hasRest(),
  };
};

export const createSmtpProbe =
  (contexts: TlsContexts): Probe<SmtpCheck> =>
  (target, timeout) =>
    attempt(target.id, timeout, (run) => {
      const { endpoint, check } = target;
      const socket = dial(target);
      let found: Shown = {};
      // Some servers close the connection at QUIT instead of answering.
      let hasServed = false;
      const breakOff: Attempt['breakOff'] = (error) => (hasServed ? run.succeed(found) : run.breakOff(error));
      const hangUp = (): void =>
        hasServed ? run.succeed(found) : run.fail('connection closed in mid-conversation', found);
      socket.on('error', breakOff);

      const protect = (): Promise<Shown & { readonly talk: Talk }> =>
        new Promise((resolve) => {
          run.expect('TLS handshake');
          socket.removeAllListeners('data').removeAllListeners('end');
          const over = secure(socket, tlsOptions(check.tls, endpoint.address, contexts));
          over.on('error', breakOff);
          const talk = talkOver(over, run, hangUp);
          over.once('secureConnect', () => resolve({ talk, ...shownBy(over, check.tls, contexts) }));
        });

      const name = check.heloName ?? hostname();
      /** Servers that refuse EHLO know HELO (RFC 5321, section 3.2). @returns the extensions offered. */
      const greet = async (talk: Talk): Promise<readonly string[]> => {
        talk.say(`EHLO ${name}`);
        const { code, lines } = await talk.awaitReply('EHLO');
        if (code === 250) return lines.slice(1);
        if (code >= 500) {
          talk.say(`HELO ${name}`);
          await talk.expect(250, 'HELO');
          return [];
        }
        run.fail(`answered ${code} to EHLO: ${lines.join(' ').slice(0, 100)}`);
        return new Promise(() => {});
      };

      const converse = async (): Promise<void> => {
        run.expect('connection');
        await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
        let talk: Talk;
        if (check.security === 'tls') ({ talk, ...found } = await protect());
        else talk = talkOver(socket, run, hangUp);
        await talk.expect(220, 'the connection');
        const offers = await greet(talk);
        if (check.security === 'starttls') {
          if (!offers.some((line) => /^STARTTLS\b/i.test(line))) return run.fail('it does not offer STARTTLS');
          talk.say('STARTTLS');
          await talk.expect(220, 'STARTTLS');
          // RFC 3207, section 4.2: bytes sent before TLS must not count as sent after it.
          if (talk.hasRest()) return run.fail('it sent more after its reply to STARTTLS');
          ({ talk, ...found } = await protect());
          await greet(talk);
        }
        hasServed = true;
        talk.say('QUIT');
        await talk.expect(221, 'QUIT');
        run.succeed(found);
      };

      converse().catch((error: unknown) => {
        if (error instanceof LocalFault) run.fault(error.why);
        else run.fail(messageOf(error));
      });
      return () => cutSocket(socket);
    });
