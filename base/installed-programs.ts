// The program file of each process: bundled into one file, which takes half of the memory and of the start; or, in a checkout
// compiled since it was bundled, its module. Both lie in one folder, dist/.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Each program's module. */
export const programModules = {
  director: 'cli/run.js',
  vrrp: 'vrrp/process.js',
  healthcheck: 'healthcheck/process.js',
  reader: 'config/source/reader.js',
} as const;

export type InstalledProgram = keyof typeof programModules;

/** The folder that holds this program: a bundle is as deep in it as this module. */
export const compiledFolder = fileURLToPath(new URL('..', import.meta.url));

const changedAt = (file: string): number =>
  statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;

export const bundleOf = (program: InstalledProgram, folder = compiledFolder): string =>
  join(folder, 'bundle', `${program}.js`);

/** @param folder the compiled program's. */
export const programFile = (program: InstalledProgram, folder = compiledFolder): string => {
  const bundle = bundleOf(program, folder);
  // The compiler writes this file with every change; a package does not have it.
  const compiled = changedAt(join(folder, 'build.tsbuildinfo'));
  const bundled = changedAt(bundle);
  return bundled > Number.NEGATIVE_INFINITY && bundled >= compiled ? bundle : join(folder, programModules[program]);
};
