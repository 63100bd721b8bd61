// Commands in the kept machine: each takes a free session, and leaves it so that the next one can use it.

import { statSync, utimesSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRunning, type KeptVm, recordFile, slots } from './kept-vm.ts';
import { takeLock } from './lock.ts';
import { bootMilliseconds } from './machine.ts';
import { runSession } from './session.ts';
import { forwardSignals } from './signals.ts';

/**
 * What the guest reads of the host's files it keeps in memory for ever; after each new build it must forget that.
 * @returns the command, made to do so first where the build is newer than the machine's last refresh
 */
const refreshed = (command: readonly string[]): readonly string[] => {
  const now = new Date();
  if (statSync(fileURLToPath(import.meta.url)).mtime <= statSync(recordFile).mtime) return command;
  utimesSync(recordFile, now, now);
  return ['sh', '-c', 'echo 3 >/proc/sys/vm/drop_caches; exec "$@"', 'sh', ...command];
};

type Slot = { readonly slot: number; readonly release: () => void };

const takeSlot = async (kept: KeptVm): Promise<Slot> => {
  for (let slot = 0; slot < slots; slot++) {
    const release = await takeLock(`${kept.folder} ${slot}`);
    if (release !== undefined) return { slot, release };
  }
  throw new Error(`Cannot enter the virtual machine: all ${slots} sessions are in use`);
};

/** @param giveUp ends the tries */
const connectTo = async (path: string, kept: KeptVm, giveUp: AbortSignal): Promise<Socket> => {
  for (;;) {
    const socket = connect(path);
    const error = await new Promise<Error | undefined>((resolve) => {
      socket.once('connect', () => resolve(undefined));
      socket.once('error', resolve);
    });
    if (error === undefined) {
      giveUp.addEventListener('abort', () => socket.destroy());
      return socket.on('error', () => {});
    }
    if (!isRunning(kept)) throw new Error(`Cannot enter the virtual machine ${kept.pid}: it has ended`);
    giveUp.throwIfAborted();
    await sleep(50);
  }
};

type CommandOptions = {
  /** Gives the command this process's terminal. */
  readonly terminal?: boolean;
  /** How long the command may take to begin, in milliseconds: the machine may still boot. */
  readonly patience?: number;
};

/**
 * Runs a command in the kept machine, with this process's terminal or with its output alone.
 * @returns the command's exit code; 128 + n when signal n ended this call
 * @throws when the machine has ended or does not answer, or all its sessions are in use
 */
export const runInKeptVm = async (
  kept: KeptVm,
  command: readonly string[],
  { terminal = false, patience = bootMilliseconds }: CommandOptions = {},
): Promise<number> => {
  const { slot, release } = await takeSlot(kept);
  const leaving = new AbortController();
  const keyboard = terminal ? process.stdin : undefined;
  const { rows = 24, columns = 80 } = process.stdout;
  let data: Socket | undefined;
  let hasBegun = false;
  const leave = (): void => leaving.abort();
  const timer = setTimeout(leave, patience);
  // What is typed at a terminal is no signal once the command has begun.
  const signals = forwardSignals((name) => {
    if (!hasBegun || terminal) leave();
    else data?.write(`signal ${name}\n`);
  }, leave);
  const onReady = (): void => {
    hasBegun = true;
    clearTimeout(timer);
    if (data === undefined) return;
    if (keyboard?.isTTY) keyboard.setRawMode(true);
    keyboard?.pipe(data, { end: false });
  };
  const run = async (): Promise<number | undefined> => {
    const enter = (name: string): Promise<Socket> =>
      connectTo(join(kept.folder, `${name}${slot}`), kept, leaving.signal);
    const [line, error] = await Promise.all([enter('data'), enter('error')]);
    data = line;
    return await runSession(
      { data: line, error },
      {
        command: refreshed(command),
        cwd: process.cwd(),
        environment: { ...process.env, REGENT_VM: '1' },
        ...(terminal ? { terminal: { rows, columns } } : {}),
      },
      { out: process.stdout, error: process.stderr, onReady },
    );
  };
  try {
    const code =
      (await run().catch((error: unknown) => {
        if (!leaving.signal.aborted) throw error;
        return undefined;
      })) ?? signals.exitCode();
    if (code !== undefined) return code;
    const what =
      hasBegun || !leaving.signal.aborted ? 'it ended early' : `it did not begin within ${patience / 1000} s`;
    throw new Error(`Cannot run ${command.join(' ')} in the virtual machine: ${what}`);
  } finally {
    clearTimeout(timer);
    signals.stop();
    if (keyboard !== undefined) {
      if (keyboard.isTTY) keyboard.setRawMode(false);
      if (data !== undefined) keyboard.unpipe(data);
      keyboard.pause();
    }
    leave();
    release();
  }
};
