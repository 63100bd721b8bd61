// A running machine that ends with its parent: its ports are inherited socket pairs, so nothing of it lies in the file system.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { buildInitramfs, findKernel, type GuestConfig, type Kernel } from './initramfs.ts';
import { type Accelerator, qemuArguments } from './qemu.ts';
import type { SessionPorts } from './session.ts';
import { findUserModeKernel, linesOf, userModeArguments } from './user-mode.ts';

/** qemu with the processor's help, Linux as a program of this host (user-mode Linux), or qemu that emulates a processor. */
export type MachineKind = 'kvm' | 'uml' | 'tcg';

export type Machine = {
  readonly ports: SessionPorts;
  /** The last of what its program and the guest's console said, to explain a failure. */
  readonly lastWords: () => string;
  /** Resolves when the machine's program has ended. */
  readonly ended: Promise<void>;
  /** Removes what the machine was started from; called when it is up, so that nothing is left even if this process is killed. */
  readonly removeFiles: () => void;
  /** Ends it at once. */
  readonly kill: () => void;
};

const keepTail = (stream: Readable | null): (() => string) => {
  let tail = '';
  stream?.on('data', (bytes: Buffer) => {
    tail = (tail + bytes.toString()).slice(-4000);
  });
  return () => tail;
};

const kernelFor = (kind: MachineKind): Kernel => {
  const found = kind === 'uml' ? findUserModeKernel() : findKernel();
  if (found !== undefined && 'image' in found) return found;
  throw new Error('Cannot find a kernel for the small machine: run provision/setup.sh once');
};

export type Prepared = { readonly kernel: Kernel; readonly folder: string; readonly initramfs: string };

/**
 * Makes a folder for one machine, with its initramfs inside.
 * @throws when provision/setup.sh has laid no kernel ready
 */
export const prepareMachine = (kind: MachineKind, config: GuestConfig): Prepared => {
  const kernel = kernelFor(kind);
  const folder = mkdtempSync(join(tmpdir(), 'regent-vm-'));
  try {
    return { kernel, folder, initramfs: buildInitramfs(folder, kernel, config) };
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
};

/** The longest boot, in milliseconds: an emulated processor needs a tenth of it, and more than 90 s on a very busy host. */
export const bootMilliseconds = 300_000;

/** How long a kernel takes to power off once it has said so: with two processors user-mode Linux may never end. */
const powerOffMilliseconds = 5000;

export const emulator = 'qemu-system-x86_64';

const untilEnd = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });

/** What a machine is made of. `exchange`: the folders that it may write. */
export type MachineOptions = { readonly memoryMegabytes: number; readonly exchange: readonly string[] };

/** What to call for a machine, and the folder of its own files. */
export type Call = { readonly folder: string; readonly program: string; readonly args: readonly string[] };

/** Its ports are file descriptors from 3 on. */
const callQemu = (accelerator: Accelerator, { memoryMegabytes, exchange }: MachineOptions): Call => {
  const { folder, kernel, initramfs } = prepareMachine(accelerator, { folders: '9p', sessions: 1, exchange });
  const sessions = [{ data: 'socket,fd=3', error: 'socket,fd=4' }];
  const options = { accelerator, memoryMegabytes, exchange, kernel, initramfs, sessions, console: 'stdio,signal=off' };
  return { folder, program: emulator, args: qemuArguments(options) };
};

const callUserMode = ({ memoryMegabytes, exchange }: MachineOptions, sessions: number): Call => {
  const { folder, kernel, initramfs } = prepareMachine('uml', { folders: 'hostfs', sessions, exchange });
  const lines = linesOf(sessions);
  return { folder, program: kernel.image, args: userModeArguments({ folder, initramfs, memoryMegabytes, lines }) };
};

/** The kernel ends a machine with its parent, even after a SIGKILL; the shell sees a parent that ended before that was asked for. */
const leash = (call: readonly string[]): readonly [string, readonly string[]] => [
  'setpriv',
  ['--pdeathsig', 'KILL', '--', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid), ...call],
];

/**
 * Ends what a SIGKILL of this process leaves of the machine's group: user-mode Linux that is killed while it starts a process may
 * leave that one waiting. Reads until this process has gone.
 */
const guard = (group: number): ChildProcess => {
  const stdio = ['pipe', 'ignore', 'ignore'] as const;
  const child = spawn('sh', ['-c', 'read -r line; kill -KILL -- "-$0"', String(group)], {
    detached: true,
    stdio: [...stdio],
  });
  child.on('error', () => {});
  child.unref();
  (child.stdin as Socket | null)?.unref();
  return child;
};

type Launched = Omit<Machine, 'ports'> & { readonly streams: readonly Duplex[] };

const launch = ({ folder, program, args }: Call, streamCount: number): Launched => {
  const removeFiles = (): void => rmSync(folder, { recursive: true, force: true });
  // In a process session of its own: an interrupt typed at the terminal is for the command inside, and arrives there by message.
  const stdio = ['ignore', 'pipe', 'pipe', ...Array<'pipe'>(streamCount).fill('pipe')] as const;
  const [first, rest] = leash([program, ...args]);
  const child: ChildProcess = spawn(first, rest, { detached: true, stdio: [...stdio] });
  const guarded = child.pid === undefined ? undefined : guard(child.pid);
  const complaints = keepTail(child.stderr);
  const consoleText = keepTail(child.stdout);
  const kill = (): void => {
    // The whole group: each process inside user-mode Linux is one of this host too.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
    removeFiles();
  };
  process.once('exit', kill);
  child.stdout?.on('data', () => {
    if (consoleText().includes('reboot: Power down')) setTimeout(kill, powerOffMilliseconds).unref();
  });
  let startError = '';
  child.once('error', (error) => {
    startError = `${error.message}\n`;
  });
  const streams = child.stdio.slice(3) as Duplex[];
  // A port whose other end has gone is seen by its reader; an error event besides would end this process.
  for (const stream of streams) stream.on('error', () => {});
  return {
    streams,
    lastWords: () => startError + complaints() + consoleText(),
    ended: untilEnd(child).then(() => {
      process.off('exit', kill);
      guarded?.kill('SIGKILL');
      removeFiles();
    }),
    removeFiles,
    kill,
  };
};

const portsOf = (streams: readonly Duplex[], session: number, saysReady: boolean): SessionPorts => {
  const [data, error] = streams.slice(2 * session);
  if (data === undefined || error === undefined) throw new Error(`The machine has no session ${session}`);
  return { data, error, saysReady };
};

/**
 * Starts a machine with one session.
 * @throws when no kernel has been unpacked
 */
export const startMachine = ({ kind, ...options }: MachineOptions & { readonly kind: MachineKind }): Machine => {
  const launched = launch(kind === 'uml' ? callUserMode(options, 1) : callQemu(kind, options), 2);
  return { ...launched, ports: portsOf(launched.streams, 0, kind === 'uml') };
};

/** User-mode Linux with several sessions; a line of its own notifies it when the host of one has gone. */
export type SharedMachine = Omit<Machine, 'ports'> & {
  readonly sessions: readonly SessionPorts[];
  /** @param nonce of the command that the host had asked for. */
  readonly hangUp: (session: number, nonce: string) => void;
};

/**
 * Starts user-mode Linux with several sessions.
 * @throws when no kernel has been unpacked
 */
export const startSharedMachine = (options: MachineOptions, sessions: number): SharedMachine => {
  const launched = launch(callUserMode(options, sessions), linesOf(sessions));
  const hangUps = launched.streams.at(-1);
  return {
    ...launched,
    sessions: Array.from({ length: sessions }, (_, session) => portsOf(launched.streams, session, true)),
    hangUp: (session, nonce) => void hangUps?.write(`${session} ${nonce}\n`),
  };
};
