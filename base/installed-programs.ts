// The program file of each process, and the flags of Node for it. A program is bundled into one file, which takes half of the memory
// and of the start; or, in a checkout compiled since it was bundled, it is its module. Both lie in one folder, dist/.

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

/**
 * A small young generation (6 MiB instead of 48), because little is alive at a time; smaller costs processor time. And a heap
 * that is collected when it is half again as large as what was alive, instead of several times.
 */
const frugal = ['--max-semi-space-size=2', '--heap-growing-percent=50'];

/** Probes make short-lived objects, whose collection by several threads costs a tenth more than by one. */
export const nodeFlags = {
  vrrp: frugal,
  healthcheck: [...frugal, '--single-threaded-gc'],
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
