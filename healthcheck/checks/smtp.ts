// The SMTP check: banner, EHLO, STARTTLS where asked, QUIT (RFC 5321, section 4.1; RFC 3207).

import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { messageOf } from '../../base/error.ts';
import type { SmtpCheck } from '../../config/model/check-model.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { warningOf } from '../certificate.ts';
import { cutSocket, dial, secure, tlsOptions } from '../connection.ts';
import { LocalFault } from '../network-error.ts';
import type { Probe } from '../outcome.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { createReplyReader, type Reply } from './smtp-reply.ts';

type Talk = {
  /** Waits for a reply; any other code ends the attempt and nothing is returned ever. */
  readonly expect: (code: number, to: string) => Promise<Reply>;
  readonly say: (line: string) => void;
  readonly hasRest: () => boolean;
};

const talkOver = (socket: Socket, run: Attempt): Talk => {
  const reader = createReplyReader();
  const waiting: Reply[] = [];
  let hear: ((reply: Reply) => void) | undefined;
  socket.on('data', (chunk) => {
    const { replies, malformed } = reader.read(chunk);
    waiting.push(...replies);
    if (malformed !== undefined) return run.fail(`it does not speak SMTP: "${malformed}"`);
    const next = hear;
    if (next === undefined) return;
    const reply = waiting.shift();
    if (reply === undefined) return;
    hear = undefined;
    next(reply);
  });
  socket.on('end', () => run.fail('connection closed in mid-conversation'));
  return {
    expect: (code, to) => {
      run.expect(`reply to ${to}`);
      return new Promise((resolve) => {
        const judge = (reply: Reply): void => {
          if (reply.code === code) resolve(reply);
          else run.fail(`answered ${reply.code} to ${to}: ${reply.lines.join(' ').slice(0, 100)}`);
        };
        const early = waiting.shift();
        if (early === undefined) hear = judge;
        else judge(early);
      });
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
      socket.on('error', run.breakOff);

      const protect = (): Promise<{ readonly talk: Talk; readonly warning?: string }> =>
        new Promise((resolve) => {
          run.expect('TLS handshake');
          socket.removeAllListeners('data').removeAllListeners('end');
          const over = secure(socket, tlsOptions(check.tls, endpoint.address, contexts));
          over.on('error', run.breakOff);
          const talk = talkOver(over, run);
          over.once('secureConnect', () => resolve({ talk, ...warningOf(over, check.tls, contexts) }));
        });

      const greet = async (talk: Talk): Promise<Reply> => {
        talk.say(`EHLO ${check.heloName ?? hostname()}`);
        return await talk.expect(250, 'EHLO');
      };

      const converse = async (): Promise<void> => {
        run.expect('connection');
        await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
        let found: { readonly warning?: string } = {};
        let talk: Talk;
        if (check.security === 'tls') ({ talk, ...found } = await protect());
        else talk = talkOver(socket, run);
        await talk.expect(220, 'the connection');
        const { lines } = await greet(talk);
        if (check.security === 'starttls') {
          if (!lines.slice(1).some((line) => /^STARTTLS\b/i.test(line))) return run.fail('it does not offer STARTTLS');
          talk.say('STARTTLS');
          await talk.expect(220, 'STARTTLS');
          // RFC 3207, section 4.2: what came before TLS must not count as what comes after it.
          if (talk.hasRest()) return run.fail('it sent more after its reply to STARTTLS');
          ({ talk, ...found } = await protect());
          await greet(talk);
        }
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
