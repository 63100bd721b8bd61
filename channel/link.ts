// One open connection: frames in and out, heartbeats, silence, and the end with its reason.

import type { Socket } from 'node:net';
import { messageOf } from '../base/error.ts';
import { harmlessText } from '../base/harmless-text.ts';
import type { ChannelHandlers, Disconnect, Settings } from './channel.ts';
import { createFrameReader } from './frames.ts';
import { encodeGreeting, explainIncompatible, type Greeting, greetingOf, ungreeted } from './greeting.ts';
import { createFrameQueue } from './queue.ts';
import { isRefusal } from './shape.ts';

export type Link = {
  /** Writes or queues a frame with its newline. Returns whether it was accepted, and how many were dropped, itself included. */
  readonly write: (frame: Buffer, droppable: boolean) => { readonly accepted: boolean; readonly dropped: number };
  /** Ends at once and reports `why`. */
  readonly cut: (why: Disconnect) => void;
  /** Flushes, ends, reports nothing; calls `done` once all was given to the kernel, or the patience is over. */
  readonly close: (done?: () => void) => void;
};

const heartbeat = Buffer.from('\n');
/** Silence is counted in ticks, not in time: a process that was itself stopped counts one tick on waking, and blames no peer. */
const ticksPerBeat = 4;
/** How long a slow process on a busy host may take to read the last words. */
const lingerMs = 5000;
/** Frames taken in one turn of the loop: ten thousand verdicts come at once, and each is logged. */
const framesPerTurn = 50;
/** Causes told on one connection; the other end chooses them. */
const mostRefusals = 100;

const parse = (line: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
};

const typeOf = (message: unknown): string =>
  typeof message === 'object' && message !== null && 'type' in message ? harmlessText(String(message.type), 60) : 'one';

/** Runs a connected socket until it ends. `onConnect` is called in a later turn, once the other end's first frame is there. */
export const runLink = <In, Out>(socket: Socket, handlers: ChannelHandlers<In>, settings: Settings<Out, In>): Link => {
  const read = createFrameReader(settings.frameLimit);
  const queue = createFrameQueue(settings.queueLimit);
  const patience = Math.round((settings.silentAfter / settings.beatEvery) * ticksPerBeat);
  let quietTicks = 0;
  let tickCount = 0;
  let blocked = false;
  let over = false;
  let other: Greeting | undefined;
  const refusals = new Set<string>();
  /** Frames that have arrived and wait for the next turn; nothing more is read meanwhile. */
  let waiting: readonly string[] = [];
  let isTooLong = false;
  let ticker: NodeJS.Timeout | undefined;
  let failure: Disconnect = { reason: 'closed', detail: 'the other process closed the connection' };

  const finish = (why: Disconnect | undefined): void => {
    if (over) return;
    over = true;
    clearInterval(ticker);
    if (why !== undefined) handlers.onDisconnect?.(why);
  };

  const cut = (why: Disconnect): void => {
    socket.destroy();
    finish(why);
  };

  /** Makes the frames of one turn of the event loop leave in one write. */
  const gather = (): void => {
    if (socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  };

  const flush = (): void => {
    blocked = false;
    for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
      if (!socket.write(frame)) {
        blocked = true;
        return;
      }
    }
  };

  const refuse = (text: string): void => {
    if (refusals.has(text) || refusals.size >= mostRefusals) return;
    refusals.add(text);
    const build = other === undefined || other.build === '' ? '' : ` (build ${harmlessText(other.build, 100)})`;
    handlers.onRefusal?.(`a message of another build is left aside: ${text}${build}`);
  };

  /** Takes the first frame. @returns whether it was a greeting, and so no message */
  const greet = (value: unknown): boolean => {
    const greeting = greetingOf(value);
    other = greeting ?? ungreeted;
    const why = explainIncompatible(settings.greeting, other);
    if (why === undefined) handlers.onConnect?.(greeting !== undefined);
    else cut({ reason: 'incompatible', detail: why });
    return greeting !== undefined;
  };

  const deliver = (value: unknown): void => {
    const message = settings.decode(value);
    if (isRefusal(message)) {
      refuse(message.refused);
      return;
    }
    try {
      handlers.onMessage(message);
    } catch (error) {
      // Of the same build it is a defect of this one.
      if (other !== ungreeted && other?.build === settings.greeting.build) throw error;
      refuse(`${typeOf(value)}, which cannot be taken: ${messageOf(error)}`);
    }
  };

  const take = (line: string): void => {
    if (line === '') {
      if (other === undefined) greet(undefined);
      return;
    }
    const message = parse(line);
    if (message === undefined) cut({ reason: 'not-json', detail: `not JSON: ${line.slice(0, 60)}` });
    else if (other === undefined && greet(message.value)) return;
    else if (!over) deliver(message.value);
  };

  /** Takes frames that wait, in their order; a frame whose message is a defect does not stop those after it. */
  const takeSome = (most: number): void => {
    const some = waiting.slice(0, most).values();
    waiting = waiting.slice(most);
    try {
      for (const line of some) if (!over) take(line);
    } finally {
      waiting = [...some, ...waiting];
    }
  };

  const takeInTurns = (): void => {
    if (over) return;
    settings.onArrival();
    // Frames that wait here are no silence.
    quietTicks = 0;
    try {
      takeSome(framesPerTurn);
    } finally {
      if (waiting.length > 0) {
        socket.pause();
        setImmediate(takeInTurns);
      } else socket.resume();
    }
    if (isTooLong && waiting.length === 0 && !over)
      cut({ reason: 'too-long', detail: `a frame is longer than ${settings.frameLimit} bytes` });
  };

  const receive = (chunk: Buffer): void => {
    if (over) return;
    settings.onArrival();
    const wasSilent = quietTicks > patience;
    quietTicks = 0;
    if (wasSilent) handlers.onResume?.();
    const { lines, tooLong } = read(chunk);
    const isTaking = waiting.length > 0;
    waiting = [...waiting, ...lines];
    isTooLong ||= tooLong;
    if (!isTaking) takeInTurns();
  };

  // What has arrived is read first: a write to a process that has ended would lose what it said last.
  const beat = (): void => {
    // A process that does not read gets no more heartbeats: the queued frames already show life.
    if (!over && !blocked) blocked = !socket.write(heartbeat);
  };

  const tick = (): void => {
    tickCount += 1;
    if (tickCount % ticksPerBeat === 0) setImmediate(beat);
    quietTicks += 1;
    if (quietTicks === patience + 1) handlers.onSilence?.();
  };

  // This also identifies a controller: a process that only probes for a listener sends nothing.
  socket.write(encodeGreeting(settings.greeting));
  ticker = setInterval(tick, settings.beatEvery / ticksPerBeat);
  socket.on('data', receive);
  socket.on('drain', flush);
  socket.on('error', (error) => {
    failure = { reason: 'failed', detail: error.message };
  });
  socket.on('close', () => {
    try {
      // What the other end has said before it ended.
      takeSome(waiting.length);
    } finally {
      finish(failure);
    }
  });

  return {
    write: (frame, droppable) => {
      if (blocked) return queue.push(frame, droppable);
      gather();
      blocked = !socket.write(frame);
      return { accepted: true, dropped: 0 };
    },
    cut,
    close: (done = () => undefined) => {
      if (over) {
        done();
        return;
      }
      finish(undefined);
      socket.resume();
      while (queue.length() > 0) socket.write(queue.shift() ?? heartbeat);
      while (socket.writableCorked > 0) socket.uncork();
      let isDone = false;
      const end = (): void => {
        if (!isDone) done();
        isDone = true;
      };
      socket.once('close', end);
      // Closed once the other end has read all: what it writes until then must not fail, or it would read no further.
      socket.end();
      setTimeout(() => {
        socket.destroy();
        end();
      }, lingerMs).unref();
    },
  };
};
