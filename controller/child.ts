// Supervises one process of the director: adopts or starts it, speaks with it, ends it when it is silent, starts it again.

import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Channel } from '../channel/channel.ts';
import { connectChannel } from '../channel/connect.ts';

export type ChildOptions<In> = {
  readonly socket: string;
  /** Asked at each start. */
  readonly command: () => readonly string[];
  readonly onConnect: (adopted: boolean) => void;
  readonly onMessage: (message: In) => void;
  /** It died, or was ended because it was silent; it is started again after `restartAfter` milliseconds. */
  readonly onLoss: (why: string) => void;
  readonly restartAfter?: number;
};

export type Child<Out> = {
  readonly send: (message: Out) => boolean;
  readonly pid: () => number | undefined;
  /** Whether it is there, and was heard within the span that a silence may last. */
  readonly isAnswering: () => boolean;
  /** Ends it and starts another by the command of the moment; that is no loss. */
  readonly replace: () => void;
  /** No more restarts. */
  readonly release: () => void;
  /** No more restarts, and it ends at once, whatever it does. */
  readonly kill: () => void;
};

/** How long a process may take to start, in milliseconds; one that dies meanwhile is noticed at once. */
const startLimit = 60_000;

const readPid = (path: string): number | undefined => {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // A number alone may be another process by now: its command line names the socket.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path.replace(/\.pid$/, '')) ? pid : undefined;
  } catch {
    return undefined;
  }
};

const endNow = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

/** Runs a child; a living one that an earlier controller left behind is adopted rather than started again. */
export const superviseChild = <In, Out>(options: ChildOptions<In>): Child<Out> => {
  const { socket, restartAfter = 100 } = options;
  const pidFile = `${socket}.pid`;
  let channel: Channel<Out> | undefined;
  let isReleased = false;

  const end = (): void => {
    channel?.close();
    channel = undefined;
    endNow(readPid(pidFile));
    rmSync(pidFile, { force: true });
  };

  const lose = (why: string): void => {
    if (channel === undefined) return;
    end();
    if (isReleased) return;
    options.onLoss(why);
    setTimeout(start, restartAfter);
  };

  const attach = (adopted: boolean): void => {
    channel = connectChannel<In, Out>(
      socket,
      {
        onConnect: () => options.onConnect(adopted),
        onMessage: options.onMessage,
        onDisconnect: ({ detail }) => lose(detail),
        onSilence: () => lose('it was silent for 3 s, and has been killed'),
      },
      { deadline: startLimit },
    );
  };

  const start = (): void => {
    if (isReleased) return;
    if (readPid(pidFile) !== undefined) {
      attach(true);
      return;
    }
    const [program = '', ...args] = options.command();
    // A process group of its own: what ends the controller's group must not end this one.
    const child = spawn(program, [...args, socket], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => options.onLoss(error.message));
    child.on('exit', (code, signal) => {
      if (!channel?.isConnected()) lose(`it ended before it could be spoken to (${signal ?? code})`);
    });
    child.unref();
    if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid));
    attach(false);
  };

  start();
  return {
    send: (message) => channel?.send(message) ?? false,
    pid: () => readPid(pidFile),
    isAnswering: () => channel?.isConnected() ?? false,
    replace: () => {
      end();
      setTimeout(start, restartAfter);
    },
    release: () => {
      isReleased = true;
    },
    kill: () => {
      isReleased = true;
      end();
    },
  };
};
