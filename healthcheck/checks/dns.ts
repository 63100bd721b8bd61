// The DNS check: one question by UDP or TCP, and the expected answer.

import { randomInt } from 'node:crypto';
import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED, streamEncode } from 'dns-packet';
import type { DnsCheck } from '../../config/model/check-model.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { cutSocket, dial } from '../connection.ts';
import type { Target } from '../messages.ts';
import type { Probe } from '../outcome.ts';
import { judgeAnswer, rcodeOf } from './dns-answer.ts';
import { exchange } from './udp.ts';

const ask = ({ queryName, recordType }: DnsCheck): Packet => ({
  type: 'query',
  id: randomInt(0x1_0000),
  flags: RECURSION_DESIRED,
  questions: [{ name: queryName === '.' ? '.' : queryName.replace(/\.$/, ''), type: recordType, class: 'IN' }],
});

const plain = (name: string): string => name.replace(/\.$/, '').toLowerCase();

/** Why a message does not answer the question (RFC 5452, section 9.1); undefined if it does. */
const mismatch = (query: Packet, answer: DecodedPacket): string | undefined => {
  const [asked] = query.questions ?? [];
  const [repeated] = answer.questions ?? [];
  if (answer.type !== 'response') return 'a query came back instead of an answer';
  if (answer.id !== query.id) return 'the answer has another id than the question';
  // Servers that fail early omit the question.
  if (repeated === undefined) return rcodeOf(answer) === 'NOERROR' ? 'the answer repeats no question' : undefined;
  return asked !== undefined && plain(repeated.name) === plain(asked.name) && repeated.type === asked.type
    ? undefined
    : `the answer is to another question, ${repeated.name} ${repeated.type}`;
};

const read = (bytes: Buffer): DecodedPacket | undefined => {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
};

const conclude = (check: DnsCheck, answer: DecodedPacket, run: Attempt): void => {
  const error = judgeAnswer(check, answer);
  if (error === undefined) run.succeed();
  else run.fail(error);
};

const askByUdp = (target: Target<DnsCheck>, run: Attempt): (() => void) => {
  const query = ask(target.check);
  return exchange(target, encode(query), run, (bytes) => {
    const answer = read(bytes);
    const why = answer === undefined ? 'it is not DNS' : mismatch(query, answer);
    // Any host can send a datagram: an unrelated one is ignored, and named if no better one arrives.
    if (why !== undefined) run.expect(`matching answer (one was ignored: ${why})`);
    else if (answer !== undefined) conclude(target.check, answer, run);
  });
};

const askByTcp = (target: Target<DnsCheck>, run: Attempt): (() => void) => {
  const query = ask(target.check);
  const socket = dial(target);
  let received = Buffer.alloc(0);
  run.expect('connection');
  socket.once('connect', () => {
    run.expect('answer');
    socket.write(streamEncode(query));
  });
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    // RFC 1035, section 4.2.2: two bytes of length, then the message.
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
    const answer = read(received.subarray(2, 2 + received.readUInt16BE(0)));
    const why = answer === undefined ? 'the answer is not DNS' : mismatch(query, answer);
    if (why !== undefined) run.fail(why);
    else if (answer !== undefined) conclude(target.check, answer, run);
  });
  socket.on('end', () => run.fail('connection closed before an answer'));
  socket.on('error', run.breakOff);
  return () => cutSocket(socket);
};

export const probeDns: Probe<DnsCheck> = (target, timeout) =>
  attempt(target.id, timeout, (run) =>
    target.check.transport === 'tcp' ? askByTcp(target, run) : askByUdp(target, run),
  );
