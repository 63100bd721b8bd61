// A virtual machine that stays up between commands: its pid is remembered in .cache/vm, its sessions are Unix sockets.

import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Call, emulator, type MachineOptions, prepareMachine } from './machine.ts';
import { chooseMachineKind } from './machine-kind.ts';
import { cacheFolder } from './project.ts';
import { type Accelerator, qemuArguments } from './qemu.ts';
import { runSession, type SessionPorts } from './session.ts';

/** How many commands and shells can be inside at once. */
const slots = 5;

export type KeptVm = { readonly pid: number; readonly folder: string };

const recordFile = join(cacheFolder, 'kept.json');

const isRunning = ({ pid, folder }: KeptVm): boolean => {
  try {
    // A pid may have gone to somebody else since.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
  } catch {
    return false;
  }
};

const forget = (kept: KeptVm): void => {
  rmSync(kept.folder, { recursive: true, force: true });
  rmSync(recordFile, { force: true });
};

/** The machine that an earlier call left running, if there is one. */
export const findKeptVm = (): KeptVm | undefined => {
  let kept: KeptVm;
  try {
    kept = JSON.parse(readFileSync(recordFile, 'utf8')) as KeptVm;
  } catch {
    return undefined;
  }
  if (isRunning(kept)) return kept;
  forget(kept);
  return undefined;
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
  return { folder, program: emulator, args };
};

/** Starts a machine that outlives this process, or finds the one that runs. It may still be booting; commands wait for that. */
export const keepVm = async ({
  memoryMegabytes = 2048,
  exchange = [],
  say = () => {},
}: {
  readonly memoryMegabytes?: number;
  readonly exchange?: readonly string[];
  /** Is told what kind of machine is taken in the place of a faster one, and why. */
  readonly say?: (line: string) => void;
} = {}): Promise<KeptVm> => {
  const running = findKeptVm();
  if (running !== undefined) return running;
  for (const path of exchange) mkdirSync(path, { recursive: true });
  const options = { memoryMegabytes, exchange };
  const kind = await chooseMachineKind(say);
  const { folder, program, args } = kind === 'uml' ? keepUserMode(options) : keepQemu(kind, options);
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  const pid = child.pid;
  if (pid === undefined) {
    rmSync(folder, { recursive: true });
    throw new Error(`Cannot start ${program}: run provision/setup.sh once`);
  }
  child.unref();
  const kept = { pid, folder };
  writeFileSync(recordFile, `${JSON.stringify(kept)}\n`);
  return kept;
};

/** Ends the kept machine by its pid; resolves when it has gone. Does nothing when there is none. */
export const endKeptVm = async (): Promise<void> => {
  const kept = findKeptVm();
  if (kept === undefined) return;
  process.kill(kept.pid, 'SIGTERM');
  for (let tries = 0; isRunning(kept); tries++) {
    if (tries === 30) process.kill(kept.pid, 'SIGKILL');
    await sleep(100);
  }
  forget(kept);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

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

/** Takes a session that no living process uses. */
const takeSlot = (kept: KeptVm): { readonly slot: number; readonly release: () => void } => {
  for (let slot = 0; slot < slots; slot++) {
    const lock = join(kept.folder, `lock${slot}`);
    try {
      if (!isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
    } catch {
      // Nobody has it.
    }
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, `${process.pid}`);
      closeSync(file);
      return { slot, release: () => rmSync(lock, { force: true }) };
    } catch {
      // Taken.
    }
  }
  throw new Error(`Cannot enter the virtual machine: all ${slots} sessions are in use`);
};

const connectTo = async (path: string, kept: KeptVm): Promise<Socket> => {
  for (;;) {
    const socket = connect(path);
    const error = await new Promise<Error | undefined>((resolve) => {
      socket.once('connect', () => resolve(undefined));
      socket.once('error', resolve);
    });
    if (error === undefined) return socket.on('error', () => {});
    if (!isRunning(kept)) throw new Error(`Cannot enter the virtual machine ${kept.pid}: it has ended`);
    await sleep(50);
  }
};

/**
 * Runs a command in the kept machine, with this process's terminal (`terminal: true`, which needs one) or with its output alone.
 * @returns the command's exit code
 * @throws when the machine has ended or all its sessions are in use
 */
export const runInKeptVm = async (
  kept: KeptVm,
  command: readonly string[],
  options: { readonly terminal?: boolean } = {},
): Promise<number> => {
  const { slot, release } = takeSlot(kept);
  const [data, error] = await Promise.all([
    connectTo(join(kept.folder, `data${slot}`), kept),
    connectTo(join(kept.folder, `error${slot}`), kept),
  ]);
  const ports: SessionPorts = { data, error };
  const keyboard = options.terminal === true ? process.stdin : undefined;
  const { rows = 24, columns = 80 } = process.stdout;
  const interrupt = (): void => {
    data.write('signal INT\n');
  };
  if (keyboard === undefined) process.on('SIGINT', interrupt);
  const onReady = (): void => {
    if (keyboard?.isTTY) keyboard.setRawMode(true);
    keyboard?.pipe(data, { end: false });
  };
  try {
    const code = await runSession(
      ports,
      {
        command: refreshed(command),
        cwd: process.cwd(),
        environment: { ...process.env, REGENT_VM: '1' },
        ...(keyboard === undefined ? {} : { terminal: { rows, columns } }),
      },
      { out: process.stdout, error: process.stderr, onReady },
    );
    if (code === undefined) throw new Error(`Cannot run ${command.join(' ')} in the virtual machine: it ended early`);
    return code;
  } finally {
    process.off('SIGINT', interrupt);
    if (keyboard !== undefined) {
      if (keyboard.isTTY) keyboard.setRawMode(false);
      keyboard.unpipe(data);
      keyboard.pause();
    }
    data.destroy();
    error.destroy();
    release();
  }
};
