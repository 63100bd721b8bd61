// The processes of this host: found by name, and watched for their end.

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { closeDescriptor, isReadable, openProcess } from './libc.ts';
import { watchReadable } from './readiness.ts';

/** The longest program name that the kernel keeps (TASK_COMM_LEN). */
const nameLimit = 15;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
};

const isCalled = (pid: string, name: string): boolean => {
  const command = read(`/proc/${pid}/cmdline`);
  // Zombies and kernel threads have no command line.
  if (command === '') return false;
  const [program = ''] = command.split('\0');
  return basename(program) === name || read(`/proc/${pid}/comm`).trimEnd() === name.slice(0, nameLimit);
};

/** Process ids of all programs with that name: the last part of the path in their command line, or the kernel's name. */
export const findProcesses = (name: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && isCalled(entry, name))
    .map(Number);

/**
 * Calls back once when a process ends.
 * @returns undefined when it has already ended.
 * @throws KernelError EMFILE, ENOSYS before Linux 5.3.
 */
export const watchProcess = (pid: number, onEnd: () => void): { close(): void } | undefined => {
  const fd = openProcess(pid);
  if (fd === undefined) return undefined;
  if (isReadable(fd, 0)) {
    closeDescriptor(fd);
    return undefined;
  }
  let watch: { close(): void } | undefined;
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    watch?.close();
    closeDescriptor(fd);
  };
  watch = watchReadable(fd, () => {
    close();
    onEnd();
  });
  return { close };
};
