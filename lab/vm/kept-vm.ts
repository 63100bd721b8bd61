// A virtual machine that stays up between commands: its folder is remembered in .cache/vm, its pid and the sockets of its sessions
// lie in that folder. Remembered before the start, and by one process at a time: no machine is started that no call will find.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inTurn } from './lock.ts';
import { type Call, emulator, type MachineOptions, prepareMachine } from './machine.ts';
import { chooseMachineKind } from './machine-kind.ts';
import { cacheFolder } from './project.ts';
import { type Accelerator, qemuArguments } from './qemu.ts';

/** How many commands and shells can be inside at once. */
export const slots = 5;

/** @property pid of the keeper, or of qemu */
export type KeptVm = { readonly pid: number; readonly folder: string };

// Starts and ends wait for each other.
const turn = `regent-kept ${cacheFolder}`;

/** The time of its last change says which of the host's files the guest may still remember. */
export const recordFile = join(cacheFolder, 'kept.json');

export const isRunning = ({ pid, folder }: KeptVm): boolean => {
  try {
    // The pid may have been given to another process since.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
  } catch {
    return false;
  }
};

const forget = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(recordFile, { force: true });
};

const readRecord = (): string | undefined => {
  try {
    return (JSON.parse(readFileSync(recordFile, 'utf8')) as { readonly folder?: string }).folder;
  } catch {
    return undefined;
  }
};

const runningIn = (folder: string): KeptVm | undefined => {
  try {
    const kept = { pid: Number(readFileSync(join(folder, 'pid'), 'utf8')), folder };
    return isRunning(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
};

/** The machine that an earlier call left running, if there is one. */
export const findKeptVm = (): KeptVm | undefined => {
  const folder = readRecord();
  return folder === undefined ? undefined : runningIn(folder);
};

const keeper = fileURLToPath(new URL('./keeper.js', import.meta.url));

/** User-mode Linux inherits its lines, so a process of its own keeps them. */
const keepUserMode = (options: MachineOptions): Call => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-kept-'));
  return { folder, program: process.execPath, args: [keeper, folder, String(slots), JSON.stringify(options)] };
};

const keepQemu = (accelerator: Accelerator, options: MachineOptions): Call => {
  const { exchange } = options;
  const { folder, kernel, initramfs } = prepareMachine(accelerator, { folders: '9p', sessions: slots, exchange });
  const socket = (name: string, slot: number): string =>
    `socket,server=on,wait=off,path=${join(folder, `${name}${slot}`)}`;
  const sessions = Array.from({ length: slots }, (_, slot) => ({
    data: socket('data', slot),
    error: socket('error', slot),
  }));
  const console = `file,path=${join(folder, 'console')}`;
  const args = qemuArguments({ accelerator, kernel, initramfs, sessions, console, ...options });
  return { folder, program: emulator, args: [...args, '-pidfile', join(folder, 'pid')] };
};

// Its pid is the first thing that a program writes.
const startMilliseconds = 60_000;

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

const start = async ({ folder, program, args }: Call): Promise<KeptVm> => {
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(recordFile, `${JSON.stringify({ folder })}\n`);
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  child.once('error', () => {});
  child.unref();
  const deadline = performance.now() + startMilliseconds;
  while (!hasEnded(child) && performance.now() < deadline) {
    const kept = runningIn(folder);
    if (kept !== undefined) return kept;
    await sleep(10);
  }
  child.kill('SIGKILL');
  forget(folder);
  throw new Error(`Cannot start ${program}: run provision/setup.sh once`);
};

type KeepOptions = {
  readonly memoryMegabytes?: number;
  readonly exchange?: readonly string[];
  /** Called with the kind of machine that is taken in place of a faster one, and why. */
  readonly say?: (line: string) => void;
};

/** Starts a machine that outlives this process, or finds the running one. It may still be booting; commands wait for that. */
export const keepVm = ({ memoryMegabytes = 2048, exchange = [], say = () => {} }: KeepOptions = {}): Promise<KeptVm> =>
  inTurn(turn, async () => {
    const running = findKeptVm();
    if (running !== undefined) return running;
    const left = readRecord();
    if (left !== undefined) forget(left);
    for (const path of exchange) mkdirSync(path, { recursive: true });
    const options = { memoryMegabytes, exchange };
    const kind = await chooseMachineKind(say);
    return await start(kind === 'uml' ? keepUserMode(options) : keepQemu(kind, options));
  });

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
};

/** Ends the kept machine by its pid; resolves when it has gone. Does nothing when there is none. */
export const endKeptVm = (): Promise<void> =>
  inTurn(turn, async () => {
    const folder = readRecord();
    if (folder === undefined) return;
    const kept = runningIn(folder);
    if (kept !== undefined) {
      signal(kept.pid, 'SIGTERM');
      for (let tries = 0; isRunning(kept); tries++) {
        if (tries === 30) signal(kept.pid, 'SIGKILL');
        await sleep(100);
      }
    }
    forget(folder);
  });
