// How user-mode Linux is called: a kernel that is a program of this host. Its processes compute at the processor's own speed,
// only their system calls are slow; the host's root comes by hostfs, and the session's ports are serial lines.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from './initramfs.ts';
import { cacheFolder } from './project.ts';

const folder = join(cacheFolder, 'user-mode');
const modules = join(folder, 'modules');

/** Whether provision/setup.sh unpacked it, of Debian's package. */
export const hasUserModeKernel = (): boolean => existsSync(modules);

/** @throws when it is not there */
export const findUserModeKernel = (): Kernel => {
  const [version = ''] = readdirSync(modules);
  return { image: join(folder, 'linux.uml'), modules: join(modules, version) };
};

/** How many serial lines a machine has: two a session; and where several share it, one that tells whose host has gone. */
export const linesOf = (sessions: number): number => (sessions === 1 ? 2 : 2 * sessions + 1);

/** The arguments of the kernel for one machine, whose serial lines it inherits as file descriptors from 3 on. */
export const userModeArguments = (options: {
  /** Where it may put its own files. */
  readonly folder: string;
  readonly initramfs: string;
  readonly memoryMegabytes: number;
  readonly lines: number;
}): string[] => [
  `mem=${options.memoryMegabytes}M`,
  `initrd=${options.initramfs}`,
  `uml_dir=${options.folder}`,
  ...['quiet', 'loglevel=3', 'random.trust_cpu=on'],
  // The console is standard output.
  ...['con=null', 'con0=null,fd:1'],
  'ssl=null',
  ...Array.from({ length: options.lines }, (_, line) => `ssl${line}=fd:${line + 3}`),
];
