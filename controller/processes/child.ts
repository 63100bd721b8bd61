// Supervises one process of the director: adopts or starts it, speaks with it, ends it when it is silent, starts it again.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { Channel } from '../../channel/channel.ts';
import { connectChannel } from '../../channel/connect.ts';
import { countLoss, isSteady, type Losses, noLosses } from './back-off.ts';

export type ChildOptions<In> = {
  readonly socket: string;
  /** Asked at each start. */
  readonly command: () => readonly string[];
  /** Which build the program is that the command starts; read at each start. */
  readonly build: () => string;
  readonly onConnect: (adopted: boolean) => void;
  readonly onMessage: (message: In) => void;
  /** It died, or was ended because it was silent; `follows` says in words when it is started again. */
  readonly onLoss: (why: string, follows: string) => void;
  /** It ended as was asked by `renew`, and the next one is started. */
  readonly onRenewal?: () => void;
};

export type ChildState = {
  readonly pid: number | undefined;
  /** Of the program that runs; undefined while none does. */
  readonly build: string | undefined;
  /** Whether it can be spoken to: it has started. */
  readonly isConnected: boolean;
  /** Losses that followed each other so soon that they are one trouble. */
  readonly losses: number;
  /** At a wall time, in milliseconds since the epoch. */
  readonly lastLoss: { readonly at: number; readonly why: string } | undefined;
  readonly startsAgainIn: Milliseconds | undefined;
  /** From its start until it could be spoken to; undefined for one that was adopted. */
  readonly startTook: Milliseconds | undefined;
};

export type Child<Out> = {
  readonly send: (message: Out) => boolean;
  readonly state: () => ChildState;
  /** Whether it is there, and was heard within the span that a silence may last. */
  readonly isAnswering: () => boolean;
  /** The next end, which the caller brings about, is no loss: another one is started at once. */
  readonly renew: () => void;
  /** Ends it and starts another by the command of the moment; that is no loss. */
  readonly replace: () => void;
  /** No more restarts. */
  readonly release: () => void;
  /** No more restarts, and it ends at once, whatever it does. */
  readonly kill: () => void;
  /** No more restarts: asks it to end, and kills it where it cannot be asked or has not ended after `limit`. */
  readonly stop: (request: Out, limit: Milliseconds) => Promise<void>;
};

/** How long a process may take to start, in milliseconds; one that dies meanwhile is noticed at once. */
const startLimit = 60_000;

/** The arguments of the process whose pid was kept; undefined when it is no more. */
const readArguments = (pidFile: string, socket: string): readonly [number, readonly string[]] | undefined => {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    // A number alone may be another process by now: its command line names the socket.
    return words.includes(socket) ? [pid, words] : undefined;
  } catch {
    return undefined;
  }
};

const readCommandLine = (pid: number): readonly string[] | undefined => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
};

/** How often the file of the pid is looked for, in milliseconds. */
const keepEvery = 1000;

/** How often a process that was asked to end is looked for, in milliseconds. */
const endEvery = 10;

const endNow = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

/** Runs a child; a living one that an earlier controller left behind is adopted rather than started again. */
export const superviseChild = <In, Out>(options: ChildOptions<In>): Child<Out> => {
  const { socket } = options;
  const pidFile = `${socket}.pid`;
  let channel: Channel<Out> | undefined;
  let current: ChildProcess | undefined;
  let isReleased = false;
  let isRenewed = false;
  let losses: Losses = noLosses;
  let lastLoss: ChildState['lastLoss'];
  let startsAgainAt: number | undefined;
  let startTook: Milliseconds | undefined;
  let attachedAt = 0;
  let restart: NodeJS.Timeout | undefined;

  /** The pid of the one that runs, whose file a cleaned /run takes away. */
  let known: number | undefined;
  const keepPid = (): void => {
    try {
      if (known !== undefined) writeFileSync(pidFile, String(known));
    } catch {
      // The folder is gone, or its disk is full: tried again.
      rmSync(pidFile, { force: true });
    }
  };
  const keeper = setInterval(() => {
    if (known !== undefined && !existsSync(pidFile) && readCommandLine(known)?.includes(socket) === true) keepPid();
  }, keepEvery);
  keeper.unref();

  /** The process that this controller has started, from before its command line can be read. */
  const startedPid = (): number | undefined =>
    current?.exitCode === null && current.signalCode === null ? current.pid : undefined;
  const pidOf = (): number | undefined => readArguments(pidFile, socket)?.[0];
  const lived = (): Milliseconds => milliseconds(performance.now() - attachedAt);

  const end = (): void => {
    channel?.close();
    channel = undefined;
    endNow(pidOf() ?? startedPid());
    known = undefined;
    // One that is being killed may listen for a moment longer: the next is not to be taken for it.
    for (const path of [pidFile, socket]) rmSync(path, { force: true });
  };
  const goOn = (): void => {
    isRenewed = false;
    options.onRenewal?.();
    start();
  };

  const lose = (why: string): void => {
    if (channel === undefined) return;
    end();
    if (isReleased) return;
    if (isRenewed) {
      goOn();
      return;
    }
    losses = countLoss(losses, lived());
    lastLoss = { at: Date.now(), why };
    startsAgainAt = performance.now() + losses.pause;
    const times = losses.inARow === 1 ? '' : ` (lost ${losses.inARow} times in a row)`;
    options.onLoss(why, `it is started again in ${formatDuration(losses.pause)}${times}`);
    restart = setTimeout(start, losses.pause);
  };

  const attach = (adopted: boolean): void => {
    known = pidOf() ?? known;
    attachedAt = performance.now();
    startsAgainAt = undefined;
    channel = connectChannel<In, Out>(
      socket,
      {
        onConnect: () => {
          startTook = adopted ? undefined : lived();
          options.onConnect(adopted);
        },
        onMessage: options.onMessage,
        onDisconnect: ({ detail }) => lose(detail),
        onSilence: () => lose('it was silent for 3 s, and has been killed'),
      },
      { deadline: startLimit },
    );
  };

  const start = (): void => {
    clearTimeout(restart);
    if (isReleased) return;
    if (pidOf() !== undefined) {
      attach(true);
      return;
    }
    const [program = '', ...args] = options.command();
    // A process group of its own: what ends the controller's group must not end this one.
    const child = spawn(program, [...args, socket, options.build()], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    current = child;
    child.on('error', (error) => lose(error.message));
    child.on('exit', (code, signal) => {
      if (current === child && !channel?.isConnected())
        lose(`it ended before it could be spoken to (${signal ?? code})`);
    });
    child.unref();
    known = child.pid;
    keepPid();
    attach(false);
  };

  const isAnswering = (): boolean => channel?.isConnected() ?? false;

  const release = (): void => {
    isReleased = true;
    clearInterval(keeper);
    clearTimeout(restart);
  };

  start();
  return {
    send: (message) => channel?.send(message) ?? false,
    state: () => {
      const [pid, words] = readArguments(pidFile, socket) ?? [];
      const isConnected = isAnswering();
      const hasRecovered = isConnected && isSteady(lived());
      return {
        pid,
        build: words?.[words.indexOf(socket) + 1],
        isConnected,
        losses: hasRecovered ? 0 : losses.inARow,
        lastLoss,
        startsAgainIn:
          startsAgainAt === undefined ? undefined : milliseconds(Math.max(0, startsAgainAt - performance.now())),
        startTook,
      };
    },
    isAnswering,
    renew: () => {
      isRenewed = true;
    },
    replace: () => {
      end();
      goOn();
    },
    release,
    kill: () => {
      release();
      end();
    },
    stop: async (request, limit) => {
      release();
      const deadline = performance.now() + limit;
      if (channel?.send(request) === true)
        while ((pidOf() ?? startedPid()) !== undefined && performance.now() < deadline) await sleep(endEvery);
      end();
    },
  };
};
