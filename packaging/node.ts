// Node as a file, for machines that have none, or too old a version, and reach no registry.

import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeRuntime } from './node-runtime.ts';

/** Copies the program into a folder, replacing other versions. @returns its path. */
export const packNode = ({ folder, version }: NodeRuntime, destination: string): string => {
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(destination, `${name}-${version}`);
  if (existsSync(program)) return program;
  for (const old of readdirSync(destination).filter((file) => file.startsWith(`${name}-`)))
    rmSync(join(destination, old));
  copyFileSync(join(folder, 'bin/node'), program);
  return program;
};
