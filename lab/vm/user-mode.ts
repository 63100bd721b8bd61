// How user-mode Linux is called: a kernel that is a program of this host. Its processes compute at the processor's own speed,
// only their system calls are slow; the host's root comes by hostfs, and the session's ports are serial lines.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Kernel } from './initramfs.ts';
import { projectFolder } from './project.ts';

const script = join(projectFolder, 'provision/user-mode-linux.sh');

/** The kernel that provision/setup.sh built, waited for while it is being built; or the reason why there is none. */
export const findUserModeKernel = (): Kernel | { readonly lacking: string } => {
  const { status, stdout } = spawnSync('bash', [script, '--find'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = stdout.trim().split('\n').at(-1) ?? '';
  return status === 0 ? { image: said, modules: join(dirname(said), 'modules') } : { lacking: said };
};

/** How many serial lines a machine has: two a session; where several sessions share it, one more names the host that has gone. */
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
  // Its processes need no tracer then.
  'seccomp=on',
  ...['quiet', 'loglevel=3', 'random.trust_cpu=on'],
  // What is built in makes interfaces at once, in each namespace even; as modules they do so when they are asked.
  ...['fb_tunnels=none', 'dummy.numdummies=0', 'bonding.max_bonds=0', 'ifb.numifbs=0'],
  // The console is standard output.
  ...['con=null', 'con0=null,fd:1'],
  'ssl=null',
  ...Array.from({ length: options.lines }, (_, line) => `ssl${line}=fd:${line + 3}`),
];
