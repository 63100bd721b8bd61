// The machines' sources: the box, built once from Debian's packages, and regent and Node as packed for them.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, packagesFolder, projectFolder } from './places.ts';
import type { Vagrant } from './vagrant.ts';

const boxFile = join(cacheFolder, 'regent-lab.box');
const family = 'regent-lab-';

/** Builds the box unless it exists and its sources are unchanged. @returns its name, which identifies its content. */
export const buildBox = (): string => {
  execFileSync(join(projectFolder, 'provision/build-box.sh'), [boxFile], { stdio: ['ignore', 'ignore', 'inherit'] });
  return `${family}${readFileSync(`${boxFile}.inputs`, 'utf8').slice(0, 12)}`;
};

/** Gives the box to Vagrant, replacing earlier ones. */
export const addBox = async (vagrant: Vagrant, name: string): Promise<void> => {
  const boxes = join(cacheFolder, 'home', 'boxes');
  if (existsSync(join(boxes, name))) return;
  for (const old of existsSync(boxes) ? readdirSync(boxes).filter((entry) => entry.startsWith(family)) : [])
    rmSync(join(boxes, old), { recursive: true });
  await vagrant('box', 'add', '--name', name, '--provider', 'libvirt', boxFile);
};

/** Packs regent and the Node that its native parts were built for; the machines cannot reach a registry. */
export const packForMachines = (): void => {
  mkdirSync(packagesFolder, { recursive: true });
  const run = (...command: readonly string[]) => {
    const [program = '', ...args] = command;
    execFileSync(program, args, { cwd: projectFolder, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  run(process.execPath, 'dist/packaging/pack.js', 'tarball', 'node');
};
