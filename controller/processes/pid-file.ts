// The pid file of a child beside its socket: a controller finds the process of an earlier one by it. It is restored while it is kept.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { removeFile } from '../../base/whole-file.ts';

export type PidFile = {
  /** The process that the file names, and the build that its command line names; undefined when it has ended. */
  readonly read: () => { readonly pid: number; readonly build: string | undefined } | undefined;
  readonly pid: () => number | undefined;
  readonly isRunning: (pid: number) => boolean;
  readonly write: (pid: number | undefined) => void;
  /** Restores the file for this process from now on; undefined changes nothing. */
  readonly keep: (pid: number | undefined) => void;
  readonly remove: () => void;
  /** Restores it no more. */
  readonly release: () => void;
};

/** How often the file is checked, in milliseconds: a cleaned /run removes it. */
const keepEvery = 1000;

const commandLineOf = (pid: number): readonly string[] | undefined => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
};

const readPid = (path: string): number | undefined => {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/** @param socket named by the command line of the process, whose next word is the build. */
export const openPidFile = (socket: string): PidFile => {
  const path = `${socket}.pid`;
  let known: number | undefined;

  const store = (): void => {
    try {
      if (known !== undefined) writeFileSync(path, String(known));
    } catch {
      // The directory is gone or its disk is full: tried again.
      removeFile(path);
    }
  };
  // The pid may have been reused: the command line must name the socket.
  const isRunning = (pid: number): boolean => commandLineOf(pid)?.includes(socket) === true;
  const read: PidFile['read'] = () => {
    const pid = readPid(path);
    const words = pid === undefined ? undefined : commandLineOf(pid);
    return pid !== undefined && words?.includes(socket) === true
      ? { pid, build: words[words.indexOf(socket) + 1] }
      : undefined;
  };
  const keeper = setInterval(() => {
    if (known !== undefined && !existsSync(path) && isRunning(known)) store();
  }, keepEvery);
  keeper.unref();

  return {
    read,
    pid: () => read()?.pid,
    isRunning,
    write: (pid) => {
      known = pid;
      store();
    },
    keep: (pid) => {
      known = pid ?? known;
    },
    remove: () => {
      known = undefined;
      removeFile(path);
    },
    release: () => clearInterval(keeper),
  };
};
