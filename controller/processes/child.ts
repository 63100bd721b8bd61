// Supervises one process of the director: adopts or starts it, exchanges messages, ends it when silent, restarts it.

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBus } from '../../base/bus.ts';
import { formatDuration, type Milliseconds, milliseconds } from '../../base/units.ts';
import { removeFile } from '../../base/whole-file.ts';
import { type Channel, greetingOfBuild } from '../../channel/channel.ts';
import { connectChannel } from '../../channel/connect.ts';
import type { Decode } from '../../channel/shape.ts';
import { countLoss, isSteady, type Losses, noLosses } from './back-off.ts';
import { openPidFile } from './pid-file.ts';

export type ChildOptions<In> = {
  readonly socket: string;
  /** Called at each start. */
  readonly command: () => readonly string[];
  /** The build of the program that the command starts; read at each start. */
  readonly build: () => string;
  readonly onConnect: (adopted: boolean) => void;
  readonly onMessage: (message: In) => void;
  readonly decode?: Decode<In>;
  /** A message of another build was left aside. */
  readonly onRefusal?: (text: string) => void;
  /** Called before what has arrived is read. */
  readonly onArrival?: () => void;
  /** A process of an earlier controller cannot be adopted: it is asked to end, and another is started then. */
  readonly onIncompatible?: (why: string) => void;
  /** The process died, or was ended because it was silent; `follows` says when it is restarted. */
  readonly onLoss: (why: string, follows: string) => void;
  /** The process ended after it was released. */
  readonly onEnd?: () => void;
  /** The process ended as requested by `renew`, and the next one is started. */
  readonly onRenewal?: () => void;
};

export type ChildState = {
  readonly pid: number | undefined;
  /** The build of the running program; undefined while none runs. */
  readonly build: string | undefined;
  /** Whether it has started and can receive messages. */
  readonly isConnected: boolean;
  /** Losses in quick succession, counted as one fault. */
  readonly losses: number;
  /** Losses since the controller started. */
  readonly restarts: number;
  /** Wall time in milliseconds since the epoch. */
  readonly lastLoss: { readonly at: number; readonly why: string } | undefined;
  readonly startsAgainIn: Milliseconds | undefined;
  /** From its start until it was connected; undefined for an adopted process. */
  readonly startTook: Milliseconds | undefined;
};

export type Child<Out> = {
  readonly send: (message: Out) => boolean;
  readonly state: () => ChildState;
  /** Whether it runs and was heard within the allowed silence. */
  readonly isAnswering: () => boolean;
  /** Announces an end that the caller causes: it is no loss, and the next process is started at once. */
  readonly renew: () => void;
  /** Ends the process and starts another with the current command; this is no loss. */
  readonly replace: () => void;
  /** Stops restarting; the process runs on. */
  readonly release: () => void;
  /** Stops restarting and kills the process. */
  readonly kill: () => void;
  /** No more restarts: asks it to end, and kills it where it cannot be asked or has not ended after `limit`. */
  readonly stop: (request: Out, limit: Milliseconds) => Promise<void>;
};

/** How long a process may take to start, in milliseconds; its death meanwhile is noticed at once. */
const startLimit = 60_000;

/** How often a process that was asked to end is looked for, in milliseconds. */
const endEvery = 10;

/** How long a process that cannot be adopted may take to leave, in milliseconds. */
const leaveLimit = 8000;

const signal = (pid: number | undefined, name: NodeJS.Signals): void => {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It has already ended.
  }
};

/** Runs a child; a running one from an earlier controller is adopted rather than started again. */
export const superviseChild = <In, Out>(options: ChildOptions<In>): Child<Out> => {
  const { socket } = options;
  let channel: Channel<Out> | undefined;
  let current: ChildProcess | undefined;
  let isReleased = false;
  let isRenewed = false;
  let losses: Losses = noLosses;
  let restarts = 0;
  let lastLoss: ChildState['lastLoss'];
  let startsAgainAt: number | undefined;
  let startTook: Milliseconds | undefined;
  let attachedAt = 0;
  let restart: NodeJS.Timeout | undefined;

  const pidFile = openPidFile(socket);
  /** The process that this controller has started, from before its command line can be read. */
  const startedPid = (): number | undefined =>
    current?.exitCode === null && current.signalCode === null ? current.pid : undefined;
  const lived = (): Milliseconds => milliseconds(performance.now() - attachedAt);

  const end = (): void => {
    channel?.close();
    channel = undefined;
    signal(pidFile.pid() ?? startedPid(), 'SIGKILL');
    pidFile.remove();
    // A process being killed may listen a moment longer, and must not be mistaken for the next one.
    removeFile(socket);
  };
  /** Why this controller and the process have parted. */
  const ends = createBus<{ readonly type: 'lost' | 'incompatible'; readonly why: string }>();

  const attach = (adopted: boolean): void => {
    pidFile.keep(pidFile.pid());
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
        ...(options.onRefusal && { onRefusal: options.onRefusal }),
        onDisconnect: ({ reason, detail }) =>
          ends.send({ type: adopted && reason === 'incompatible' ? 'incompatible' : 'lost', why: detail }),
        onSilence: () => {
          // A process that leaves has a limit of its own: a thousand addresses take the kernel seconds where others use it, too.
          if (!isReleased) ends.send({ type: 'lost', why: 'it was silent for 3 s and was killed' });
        },
      },
      {
        deadline: startLimit,
        greeting: greetingOfBuild(options.build()),
        ...(options.decode && { decode: options.decode }),
        ...(options.onArrival && { onArrival: options.onArrival }),
      },
    );
  };

  const start = (): void => {
    clearTimeout(restart);
    if (isReleased) return;
    if (pidFile.pid() !== undefined) {
      attach(true);
      return;
    }
    const [program = '', ...args] = options.command();
    // Its own process group: a signal to the controller's group must not end it.
    const child = spawn(program, [...args, socket, options.build()], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    current = child;
    child.on('error', (error) => ends.send({ type: 'lost', why: error.message }));
    child.on('exit', (code, signal) => {
      if (current === child && !channel?.isConnected())
        ends.send({ type: 'lost', why: `it ended before it answered (${signal ?? code})` });
    });
    child.unref();
    pidFile.write(child.pid);
    attach(false);
  };

  const goOn = (): void => {
    isRenewed = false;
    options.onRenewal?.();
    start();
  };

  const lose = (why: string): void => {
    if (channel === undefined) return;
    end();
    if (isReleased) {
      options.onEnd?.();
      return;
    }
    if (isRenewed) {
      goOn();
      return;
    }
    losses = countLoss(losses, lived());
    restarts += 1;
    lastLoss = { at: Date.now(), why };
    startsAgainAt = performance.now() + losses.pause;
    const times = losses.inARow === 1 ? '' : ` (lost ${losses.inARow} times in a row)`;
    options.onLoss(why, `it is started again in ${formatDuration(losses.pause)}${times}`);
    restart = setTimeout(start, losses.pause);
  };

  /** SIGTERM is understood by every build: vrrp leaves its masterships, make-before-break. */
  const supersede = (why: string): void => {
    channel?.close();
    channel = undefined;
    const old = pidFile.pid();
    signal(old, 'SIGTERM');
    options.onIncompatible?.(why);
    const deadline = performance.now() + leaveLimit;
    const look = (): void => {
      if (isReleased) return;
      const isGone = old === undefined || !pidFile.isRunning(old);
      if (!isGone && performance.now() < deadline) {
        restart = setTimeout(look, endEvery);
        return;
      }
      end();
      start();
    };
    look();
  };

  ends.handle(({ type, why }) => (type === 'lost' ? lose(why) : supersede(why)));

  const isAnswering = (): boolean => channel?.isConnected() ?? false;

  const release = (): void => {
    isReleased = true;
    pidFile.release();
    clearTimeout(restart);
  };

  start();
  return {
    send: (message) => channel?.send(message) ?? false,
    state: () => {
      const { pid, build } = pidFile.read() ?? {};
      const isConnected = isAnswering();
      const hasRecovered = isConnected && isSteady(lived());
      return {
        pid,
        build,
        isConnected,
        losses: hasRecovered ? 0 : losses.inARow,
        restarts,
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
        while ((pidFile.pid() ?? startedPid()) !== undefined && performance.now() < deadline) await sleep(endEvery);
      end();
    },
  };
};
