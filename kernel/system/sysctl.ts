// Kernel settings under /proc/sys: read, set with a reason, and restored.

import { constants as access, accessSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { type KernelError, kernelError } from './error.ts';

/** A changed setting; keep it to undo the change. */
export type SysctlChange = {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** The reason, for the log: `IPVS must tell conntrack of its connections for snat`. */
  readonly reason: string;
};

// As in sysctl(8): dots separate, unless slashes do, for interface names that contain dots.
const pathOf = (name: string): string => `/proc/sys/${name.includes('/') ? name : name.replaceAll('.', '/')}`;

const normalize = (value: string): string => value.trim().split(/\s+/).join(' ');

const refusal = (operation: string, error: unknown): KernelError => {
  const errno = (error as NodeJS.ErrnoException).errno;
  if (errno === undefined) throw error;
  return kernelError(operation, Math.abs(errno));
};

/**
 * Reads a setting of this thread's network namespace; several values are separated by single spaces.
 * @returns undefined when this kernel has no such setting
 * @throws KernelError
 */
export const readSysctl = (name: string): string | undefined => {
  try {
    return normalize(readFileSync(pathOf(name), 'utf8'));
  } catch (error) {
    const refused = refusal(`read ${name}`, error);
    if (refused.code === 'ENOENT') return undefined;
    throw refused;
  }
};

/** Whether a setting can be written; in a container /proc/sys is often read-only. */
export const isSettable = (name: string): boolean => {
  try {
    accessSync(pathOf(name), access.W_OK);
    return true;
  } catch {
    return false;
  }
};

const write = (name: string, value: string): void => {
  try {
    writeFileSync(pathOf(name), value);
  } catch (error) {
    throw refusal(`set ${name} to ${value}`, error);
  }
};

/**
 * Writes a setting, unless it already has that value.
 * @returns the change, or undefined when there was nothing to do
 * @throws KernelError ENOENT when this kernel has no such setting
 */
export const setSysctl = (name: string, value: string | number, reason: string): SysctlChange | undefined => {
  const after = normalize(String(value));
  const before = readSysctl(name);
  if (before === undefined) throw kernelError(`set ${name} to ${after}`, constants.errno.ENOENT);
  if (before === after) return undefined;
  write(name, after);
  return { name, before, after, reason };
};

/**
 * Restores a setting, unless another program has changed it since.
 * @returns whether it was restored
 * @throws KernelError
 */
export const restoreSysctl = ({ name, before, after }: SysctlChange): boolean => {
  if (readSysctl(name) !== after) return false;
  write(name, before);
  return true;
};
