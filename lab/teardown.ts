// Takes a lab down in any state: ends its processes, removes its namespaces and its folder. Synchronous, so that a signal handler
// can complete it while nothing else of the process runs.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment variable that marks every process of a lab with its prefix; children inherit it. */
export const tokenName = 'REGENT_LAB';

const family = 'regent-lab-';
const namespaceFolder = '/run/netns';

/** The prefix of the lab of this process. Concurrent labs differ by process id. */
export const prefixOf = (pid: number): string => `${family}${pid}`;

/** The process id of a lab's main process. */
export const ownerOf = (prefix: string): number => Number(prefix.slice(family.length));

/** A lab's folder, with its directors' run and state folders and their logs. */
export const folderOf = (prefix: string): string => join(tmpdir(), prefix);

const attempt = <Result>(action: () => Result): Result | undefined => {
  try {
    return action();
  } catch {
    return undefined;
  }
};

const list = (folder: string): readonly string[] => attempt(() => readdirSync(folder)) ?? [];

const namespacesOf = (prefix: string): readonly string[] =>
  list(namespaceFolder).filter((name) => name.startsWith(`${prefix}-`));

const isZombie = (pid: number): boolean =>
  /^\d+ \(.*\) [ZX]/s.test(attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '');

/** The process ids of a lab: processes with its mark, and those in one of its namespaces. */
const processesOf = (prefix: string): readonly number[] => {
  const mark = `${tokenName}=${prefix}`;
  const inodes = new Set(
    namespacesOf(prefix).flatMap((name) => attempt(() => `net:[${statSync(join(namespaceFolder, name)).ino}]`) ?? []),
  );
  return list('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => {
      const isInside = inodes.has(attempt(() => readlinkSync(`/proc/${pid}/ns/net`)) ?? '');
      return (
        isInside || (attempt(() => readFileSync(`/proc/${pid}/environ`, 'latin1')) ?? '').split('\0').includes(mark)
      );
    })
    .map(Number)
    .filter((pid) => !isZombie(pid));
};

const pause = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

const endProcesses = (prefix: string): void => {
  // A process may fork between the listing and its end, so repeat until the list is empty once.
  for (let round = 0; round < 50; round += 1) {
    const processes = processesOf(prefix);
    if (processes.length === 0) return;
    for (const pid of processes) attempt(() => process.kill(pid, 'SIGKILL'));
    pause(20);
  }
};

/** A director's disk of its own. */
const unmountAll = (prefix: string): void => {
  const mounts = (attempt(() => readFileSync('/proc/mounts', 'utf8')) ?? '')
    .split('\n')
    .map((line) => line.split(' ')[1]);
  for (const place of mounts)
    if (place?.startsWith(`${folderOf(prefix)}/`)) attempt(() => execFileSync('umount', ['-l', place]));
};

/** Lists what is left of a lab: its processes and namespaces. */
export const remainsOf = (prefix: string): readonly string[] => [
  ...processesOf(prefix).map((pid) => `process ${pid}`),
  ...namespacesOf(prefix).map((name) => `namespace ${name}`),
];

/**
 * Ends every process of a lab, removes its namespaces (with all their links, addresses, routes and tables) and its folder. May be
 * called at any time, also twice and for an incomplete lab.
 * @returns what is left: empty, unless the kernel refuses.
 */
export const tearDown = (prefix: string): readonly string[] => {
  endProcesses(prefix);
  for (const name of namespacesOf(prefix)) {
    attempt(() => execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' }));
  }
  unmountAll(prefix);
  attempt(() => rmSync(folderOf(prefix), { recursive: true, force: true }));
  return remainsOf(prefix);
};

/** Lists the labs on this host by prefix, whether kept, running or left behind. */
export const findLabs = (): readonly string[] => {
  const names = [...list(namespaceFolder), ...list(tmpdir())];
  const prefixes = names.map((name) => new RegExp(`^${family}\\d+`).exec(name)?.[0]);
  return [...new Set(prefixes.filter((prefix) => prefix !== undefined))];
};

/** Whether the process that made a lab still runs it. */
export const isRunning = (prefix: string): boolean =>
  /lab\/main|regent(\.js)?\0drill\0/.test(
    attempt(() => readFileSync(`/proc/${ownerOf(prefix)}/cmdline`, 'latin1')) ?? '',
  );
