// The processes of a host of the lab, by its network namespace, and signals to them.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { BootedHosts } from '../namespaces.ts';

const read = <T>(action: () => T): T | undefined => {
  try {
    return action();
  } catch {
    return undefined;
  }
};

/** Process ids with their command lines, whose arguments end with NUL. */
export const processesOf = <Name extends string>(
  hosts: Pick<BootedHosts<Name, never>, 'namespaceOf'>,
  host: Name,
  isOwn: (command: string) => boolean,
): ReadonlyMap<number, string> => {
  const inside = `net:[${statSync(`/run/netns/${hosts.namespaceOf(host)}`).ino}]`;
  const found = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && read(() => readlinkSync(`/proc/${entry}/ns/net`)) === inside)
    .map((entry) => [Number(entry), read(() => readFileSync(`/proc/${entry}/cmdline`, 'utf8')) ?? ''] as const);
  return new Map(found.filter(([, command]) => isOwn(command)));
};

/** Sends a signal to each; a process that has ended meanwhile is no error. */
export const signalAll = (pids: Iterable<number>, signal: NodeJS.Signals): void => {
  for (const pid of pids) read(() => process.kill(pid, signal));
};
