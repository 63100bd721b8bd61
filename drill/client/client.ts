// The drill's client, a process of its own that imports nothing of the project, so that it runs on any host with Node: requests at
// a constant rate, each on a new connection, whatever happened to earlier ones; and connections that are kept.
//
// Last argument: a `ClientPlan` as JSON. Writes one JSON object a line, a `Batch`, every 100 ms. Ends with its standard input.

import { connect, type Socket } from 'node:net';
import type { Batch, ClientPlan, KeptConnection, Outcome } from './batch.ts';

const plan: ClientPlan = JSON.parse(process.argv.at(-1) ?? '{}');
const { host, port, path, every, timeout, answerTimeout } = plan;
const batchEvery = 100;
const askEvery = 500;
/** A client that was paused does not catch up on all missed requests: those are counted as skipped. */
const mostAtOnce = 10;
const mostOpen = Math.max(200, (2 * answerTimeout) / every);

const wall = (): number => performance.timeOrigin + performance.now();
const requestFor = (where: string, connection: string): string =>
  `GET ${where} HTTP/1.1\r\nHost: ${plan.authority}\r\nUser-Agent: regent-drill\r\nConnection: ${connection}\r\n\r\n`;

/** Answers of the lab are the server's name; of other sites the name is not known. */
const serverIn = (body: string): string => {
  const text = body.trim();
  return /^[\w.-]{1,40}$/.test(text) ? text : 'answered';
};

const readAnswer = (answer: string): { server: string } | { error: string } => {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (answer === '') return { error: 'closed without an answer' };
  if (Number.isNaN(status)) return { error: 'a broken answer' };
  if (status >= 400) return { error: `status ${status}` };
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (body.length < length) return { error: 'a broken answer' };
  const isChunked = /^transfer-encoding: *chunked/im.test(head);
  if (isChunked && !body.endsWith('0\r\n\r\n')) return { error: 'a broken answer' };
  return { server: serverIn(isChunked ? (body.split('\r\n')[1] ?? '') : body) };
};

const open = new Set<number>();
let finished: Outcome[] = [];
let skipped = 0;

/** @param due when it was to start: what the client itself delays counts as latency. */
const attempt = (due: number): void => {
  if (open.size >= mostOpen) {
    finished.push([due, 0, null, 0, `not sent: ${mostOpen} requests are open`]);
    return;
  }
  open.add(due);
  let connected: number | null = null;
  let answer = '';
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: false });
  let deadline: NodeJS.Timeout | undefined;
  const since = (): number => Math.round((wall() - due) * 1000) / 1000;
  const finish = (outcome: { server: string } | { error: string }): void => {
    if (!open.delete(due)) return;
    clearTimeout(deadline);
    socket.destroy();
    const isGood = 'server' in outcome;
    finished.push([due, since(), connected, isGood ? 1 : 0, isGood ? outcome.server : outcome.error]);
  };
  deadline = setTimeout(() => finish({ error: 'no connection in time' }), timeout);
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    connected = since();
    clearTimeout(deadline);
    deadline = setTimeout(() => finish({ error: 'no answer in time' }), answerTimeout - connected);
    socket.write(requestFor(path, 'close'));
  });
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('end', () => finish(readAnswer(answer)));
  socket.on('error', (error: NodeJS.ErrnoException) => finish({ error: error.code ?? error.message }));
};

/** Bytes that an answer still has after its first part; infinity where it does not say. */
const bytesLeft = (text: string): number => {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length === undefined ? Number.POSITIVE_INFINITY : Number(length) - rest.join('\r\n\r\n').length;
};

type Kept = { -readonly [Key in keyof KeptConnection]: KeptConnection[Key] } & {
  readonly socket: Socket;
  isWaiting: boolean;
};

const keep = (kind: KeptConnection['kind'], id: number): Kept => {
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: false });
  const kept: Kept = { id, kind, opened: 0, heard: 0, socket, isWaiting: true };
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    kept.opened = wall();
    socket.write(requestFor(kind === 'download' ? plan.download : path, 'keep-alive'));
  });
  let left: number | undefined;
  socket.on('data', (data) => {
    const text = String(data);
    left = left === undefined ? bytesLeft(text) : left - text.length;
    // A download must last as long as the drill.
    if (kind === 'download' && left <= 0) {
      kept.why = `its answer, of status ${/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 'unknown'}, has an end`;
      socket.destroy();
    }
    kept.server ??= /^([a-z][\w.-]{0,39})\r?$/m.exec(text)?.[1];
    kept.heard = wall();
    kept.isWaiting = kind === 'download';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    kept.why ??= error.code ?? error.message;
  });
  socket.on('close', () => {
    kept.ended ??= wall();
    kept.why ??= 'closed by the server';
  });
  return kept;
};

const kept: readonly Kept[] = [
  ...Array.from({ length: plan.established }, (_, index) => keep('keep-alive', index)),
  ...Array.from({ length: plan.downloads }, (_, index) => keep('download', plan.established + index)),
];

const report = (): void => {
  const now = wall();
  const connections = kept.map(({ socket: _, isWaiting: __, ...rest }) => rest);
  const batch: Batch = { now, settled: Math.min(now, ...open), requests: finished, connections, skipped };
  process.stdout.write(`${JSON.stringify(batch)}\n`);
  finished = [];
};

// By the clock, not by counting timers, whose delays add up on a busy processor.
let due = wall();
setInterval(
  () => {
    const now = wall();
    const missed = Math.floor((now - due) / every) - mostAtOnce;
    if (missed > 0) {
      skipped += missed;
      due += missed * every;
    }
    for (; due <= now; due += every) attempt(due);
  },
  Math.min(every, 20),
);
setInterval(report, batchEvery);
setInterval(() => {
  for (const connection of kept) {
    if (connection.isWaiting || connection.ended !== undefined) continue;
    connection.isWaiting = true;
    connection.socket.write(requestFor(path, 'keep-alive'));
  }
}, askEvery);
process.stdout.on('error', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();
