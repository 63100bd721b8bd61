// The first file system of the virtual machine: busybox, the few kernel modules that reach the host's root, and init.sh.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder, projectFolder } from './project.ts';

/** `modules`: the folder where modprobe looks for them, and for the names of what is built in. */
export type Kernel = { readonly image: string; readonly modules: string };

/** What the guest's scripts need to know. */
export type GuestConfig = {
  /** How the host's folders reach it: 9p of qemu, or hostfs of user-mode Linux. */
  readonly folders: '9p' | 'hostfs';
  /** How many sessions it serves; with one, the machine powers off when that one has ended. */
  readonly sessions: number;
  /** Absolute folders of the host that the guest may write, at the same path. */
  readonly exchange: readonly string[];
};

/** Modules before the host's root is there, without their dependencies. */
const earlyModules = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'];

/** The kernel for qemu that provision/setup.sh unpacked, if it did. */
export const findKernel = (): Kernel | undefined => {
  const versions = join(cacheFolder, 'kernel/lib/modules');
  const version = existsSync(versions) ? readdirSync(versions)[0] : undefined;
  if (version === undefined) return undefined;
  // Uncompressed where the set-up could do that: an emulated machine spends five seconds on it.
  const boot = join(cacheFolder, 'kernel/boot');
  const plain = join(boot, `vmlinux-${version}`);
  return { image: existsSync(plain) ? plain : join(boot, `vmlinuz-${version}`), modules: join(versions, version) };
};

const moduleName = (path: string): string => basename(path).replace(/\.ko(\.\w+)?$/, '');

/**
 * The order in which to load modules so that each finds what it depends on.
 * @param dependencies the text of modules.dep: `path: path path …`, direct and indirect, the nearest first
 */
export const loadOrder = (names: readonly string[], dependencies: string): string[] => {
  const byName = new Map(
    dependencies
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [path = '', rest = ''] = line.split(':');
        return [moduleName(path), { path, needs: rest.split(' ').filter((word) => word !== '') }] as const;
      }),
  );
  const ordered = names.flatMap((name) => {
    const found = byName.get(name);
    // A module that is not listed is built into the kernel.
    return found === undefined ? [] : [...found.needs.toReversed(), found.path];
  });
  return [...new Set(ordered)];
};

const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const configText = (config: GuestConfig, kernel: Kernel): string => {
  const folders = config.exchange.map((folder) => Buffer.from(folder).toString('base64')).join(' ');
  return [
    `project=${shellWord(projectFolder)}`,
    `modules=${shellWord(kernel.modules)}`,
    `folders=${config.folders}`,
    `sessions=${config.sessions}`,
    `exchange=${shellWord(folders)}`,
    '',
  ].join('\n');
};

/** Builds the initramfs in `folder` (which must exist) and returns its path. Takes some 50 ms. */
export const buildInitramfs = (folder: string, kernel: Kernel, config: GuestConfig): string => {
  const root = join(folder, 'initramfs');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'modules', 'lower', 'layer', 'root'])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  copyFileSync(join(projectFolder, 'lab/vm/init.sh'), join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  execFileSync('ln', ['-s', 'busybox', join(root, 'bin/sh')]);
  const files = loadOrder(earlyModules, readFileSync(join(kernel.modules, 'modules.dep'), 'utf8'));
  for (const file of files) copyFileSync(join(kernel.modules, file), join(root, 'modules', basename(file)));
  writeFileSync(join(root, 'modules.list'), files.map((file) => `${basename(file)}\n`).join(''));
  writeFileSync(join(root, 'config'), configText(config, kernel));
  const archive = join(folder, 'initramfs.cpio');
  const names = execFileSync('find', ['.'], { cwd: root });
  writeFileSync(
    archive,
    execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: root, input: names, maxBuffer: 64 << 20 }),
  );
  rmSync(root, { recursive: true });
  return archive;
};
