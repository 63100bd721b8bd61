// A libvirt for the lab's machines in its own namespaces (network, mounts, processes), separate from any libvirt, bridges and
// networks of the host. All processes inside end with the first, however this one ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Profile } from '../topology.ts';
import { cacheFolder, projectFolder } from './places.ts';

export type Isolation = {
  /** The first process inside, by the host's numbering. */
  readonly pid: number;
  /** The folder of libvirt's and Vagrant's data for these machines. */
  readonly folder: string;
};

/** The Vagrantfile's settings. */
export type Settings = { readonly profile: Profile; readonly box: string; readonly driver: 'kvm' | 'qemu' };
export type Kept = Isolation & { readonly settings: Settings };

const recordFile = join(cacheFolder, 'kept.json');

const parentOf = (pid: string): number => {
  try {
    return Number(/^\d+ \(.*\) \w (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
};

const childOf = (parent: number): number | undefined => {
  const found = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && parentOf(entry) === parent);
  return found === undefined ? undefined : Number(found);
};

const isRunning = ({ pid, folder }: Isolation): boolean => {
  try {
    // The pid may have been reused.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
  } catch {
    return false;
  }
};

/** Removes the folders of killed runs. */
const sweep = (): void => {
  for (const entry of existsSync(cacheFolder) ? readdirSync(cacheFolder) : []) {
    const pid = /^run-(\d+)$/.exec(entry)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(cacheFolder, entry), { recursive: true });
  }
};

/**
 * Starts libvirt in its own namespaces. Needs root.
 * @param outlives whether the machines stay when this process ends; else the kernel ends them with it, even after a SIGKILL.
 * @throws with libvirt's output, if it does not start.
 */
export const isolate = async (outlives: boolean): Promise<Isolation> => {
  sweep();
  const folder = join(cacheFolder, `run-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const leash = outlives ? [] : ['setpriv', '--pdeathsig', 'KILL', '--'];
  const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const script = join(projectFolder, 'lab/vagrant/isolation.sh');
  const command = [...leash, ...unshare, '--propagation', 'private', '--', 'bash', script, folder];
  const [program = '', ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const ended = once(child, 'exit');
  while (!said.includes('ready\n') && child.exitCode === null) await Promise.race([sleep(50), ended]);
  const pid = child.pid === undefined ? undefined : childOf(child.pid);
  if (child.exitCode !== null || pid === undefined) throw new Error(`Cannot start libvirt: ${said.trim()}`);
  child.stdout.destroy();
  child.unref();
  return { pid, folder };
};

/** A command to run inside, in the project's folder; it ends with the process that starts it. */
export const inside = ({ pid }: Isolation, command: readonly string[]): readonly string[] => [
  ...['nsenter', '--target', String(pid), '--net', '--mount', '--pid', '--'],
  ...['setpriv', '--pdeathsig', 'KILL', '--'],
  ...['sh', '-c', 'cd "$0" && exec "$@"', projectFolder, ...command],
];

/** Starts a command inside. */
export const startInside = (
  isolation: Isolation,
  command: readonly string[],
  options: { readonly stdio: ('ignore' | 'pipe' | 'inherit')[]; readonly env?: NodeJS.ProcessEnv },
): ChildProcess => {
  const [program = '', ...args] = inside(isolation, command);
  return spawn(program, args, { ...options, env: { ...process.env, ...options.env }, detached: true });
};

/** Ends everything inside at once, machines included, and removes their files. Synchronous: a signal handler runs it. */
export const endIsolation = (isolation: Isolation): void => {
  if (isRunning(isolation)) process.kill(isolation.pid, 'SIGKILL');
  for (let round = 0; round < 100 && isRunning(isolation); round += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  rmSync(isolation.folder, { recursive: true, force: true, maxRetries: 5 });
};

/** Records machines that stay, with their Vagrant settings. */
export const keepIsolation = (kept: Kept): void => writeFileSync(recordFile, `${JSON.stringify(kept)}\n`);

/** Removes the record. */
const forgetKept = (): void => rmSync(recordFile, { force: true });

/** Takes down machines that were kept. */
export const endKept = (kept: Kept): void => {
  endIsolation(kept);
  forgetKept();
};

/** The machines that an earlier call left running, if any. */
export const findKept = (): Kept | undefined => {
  try {
    const kept = JSON.parse(readFileSync(recordFile, 'utf8')) as Kept;
    if (isRunning(kept)) return kept;
  } catch {
    // Nothing was kept.
  }
  forgetKept();
  return undefined;
};
