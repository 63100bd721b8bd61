// The client's prober, its own process in cl0: a new connection and a GET at a fixed pace, whatever happened to earlier ones.
//
// Arguments: address, port, pace, timeout for a connection, for an answer (milliseconds). Writes one JSON object a line, a
// `Batch` of prober.ts, every 100 ms.

import { connect } from 'node:net';
import type { Attempt } from './outage.ts';

const [address = '', port = '', pace = '20', timeout = '1000', answerTimeout = timeout] = process.argv.slice(2);
const batchEvery = 100;
/** Upper bound, above what pace and timeout ever leave open. */
const mostOpen = Math.max(200, (2 * Number(answerTimeout)) / Number(pace));
/** A client that was paused does not catch up on all missed requests. */
const mostAtOnce = 10;

const open = new Set<number>();
let finished: Attempt[] = [];
let number = 0;

/** The server's name in an answer, or what is wrong with the answer. */
const readAnswer = (answer: string): { server: string } | { error: string } => {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const isWhole = head.startsWith('HTTP/1.1 200') && body.endsWith('\n');
  return isWhole ? { server: body.trim() } : { error: answer === '' ? 'closed without an answer' : 'a broken answer' };
};

const attempt = (): void => {
  const start = Date.now();
  const began = performance.now();
  if (open.size >= mostOpen) {
    finished.push({ start, duration: 0, ok: false, error: `not sent: ${mostOpen} requests are open` });
    return;
  }
  // Starts are unique: the millisecond plus a counter's fraction, so that a request can be found and removed.
  number += 1;
  const id = start + (number % 1000) / 1000;
  open.add(id);

  let connected: number | undefined;
  let answer = '';
  const socket = connect({ host: address, port: Number(port), noDelay: true, autoSelectFamily: false });
  let deadline: NodeJS.Timeout | undefined;
  const finish = (outcome: { server: string } | { error: string }) => {
    if (!open.delete(id)) return;
    clearTimeout(deadline);
    socket.destroy();
    const times = { start, duration: performance.now() - began, ...(connected === undefined ? {} : { connected }) };
    finished.push({ ...times, ok: 'server' in outcome, ...outcome });
  };
  deadline = setTimeout(() => finish({ error: 'no connection in time' }), Number(timeout));
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    connected = performance.now() - began;
    clearTimeout(deadline);
    deadline = setTimeout(() => finish({ error: 'no answer in time' }), Number(answerTimeout) - connected);
    socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`);
  });
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('end', () => finish(readAnswer(answer)));
  socket.on('error', (error: NodeJS.ErrnoException) => finish({ error: error.code ?? error.message }));
};

const report = (): void => {
  const now = Date.now();
  const oldest = Math.floor(Math.min(now, ...open));
  process.stdout.write(`${JSON.stringify({ oldest, attempts: finished })}\n`);
  finished = [];
};

// The lab may end before the last batch is written.
process.stdout.on('error', () => process.exit(0));
// By the clock, not by counting timers, whose delays add up on a busy processor.
let due = performance.now();
setInterval(() => {
  const now = performance.now();
  due = Math.max(due, now - mostAtOnce * Number(pace));
  for (; due <= now; due += Number(pace)) attempt();
}, Number(pace));
setInterval(report, batchEvery);
