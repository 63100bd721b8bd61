// A running qemu that ends with its parent: its ports are inherited socket pairs, so nothing of it lies in the file system.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { buildInitramfs, findKernel, type GuestConfig, type Kernel } from './initramfs.ts';
import { type Accelerator, qemuArguments } from './qemu.ts';
import type { SessionPorts } from './session.ts';

export type Machine = {
  readonly ports: SessionPorts;
  /** The last of what qemu and the guest's console said, to explain a failure. */
  readonly lastWords: () => string;
  /** Resolves when qemu has ended. */
  readonly ended: Promise<void>;
  /** Removes what the machine was started from; called when it is up, so that nothing is left even if this process is killed. */
  readonly removeFiles: () => void;
  /** Ends qemu at once. */
  readonly kill: () => void;
};

const keepTail = (stream: Readable | null): (() => string) => {
  let tail = '';
  stream?.on('data', (bytes: Buffer) => {
    tail = (tail + bytes.toString()).slice(-4000);
  });
  return () => tail;
};

export type Prepared = { readonly kernel: Kernel; readonly folder: string; readonly initramfs: string };

/**
 * Makes a folder for one machine, with its initramfs inside.
 * @throws when no kernel has been unpacked
 */
export const prepareMachine = (config: GuestConfig): Prepared => {
  const kernel = findKernel();
  const folder = mkdtempSync(join(tmpdir(), 'regent-vm-'));
  try {
    return { kernel, folder, initramfs: buildInitramfs(folder, kernel, config) };
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
};

export const emulator = 'qemu-system-x86_64';

const untilEnd = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });

/**
 * Starts a machine with one session.
 * @throws when no kernel has been unpacked
 */
export const startMachine = (options: {
  readonly accelerator: Accelerator;
  readonly memoryMegabytes: number;
  readonly exchange: readonly string[];
}): Machine => {
  const { folder, kernel, initramfs } = prepareMachine({ sessions: 1, exchange: options.exchange });
  const removeFiles = (): void => rmSync(folder, { recursive: true, force: true });
  const sessions = [{ data: 'socket,fd=3', error: 'socket,fd=4' }];
  // In a process session of its own: an interrupt typed at the terminal is for the command inside, and arrives there by message.
  const child = spawn(
    emulator,
    qemuArguments({ ...options, kernel, initramfs, sessions, console: 'stdio,signal=off' }),
    { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] },
  );
  const complaints = keepTail(child.stderr);
  const consoleText = keepTail(child.stdout);
  const kill = (): void => {
    child.kill('SIGKILL');
    removeFiles();
  };
  process.once('exit', kill);
  let startError = '';
  child.once('error', (error) => {
    startError = `${error.message}\n`;
  });
  const ports: SessionPorts = { data: child.stdio[3] as Duplex, error: child.stdio[4] as Readable };
  // A port whose other end has gone is seen by its reader; an error event besides would end this process.
  for (const stream of [ports.data, ports.error]) stream.on('error', () => {});
  return {
    ports,
    lastWords: () => startError + complaints() + consoleText(),
    ended: untilEnd(child).then(() => {
      process.off('exit', kill);
      removeFiles();
    }),
    removeFiles,
    kill,
  };
};
