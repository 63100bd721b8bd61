// Node as a file, for machines that have none, or too old a version, and reach no registry.

import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeRuntime } from './node-runtime.ts';
import { placePackage } from './place.ts';

/** Copies the program into a folder, replacing other versions. @returns its path. */
export const packNode = ({ folder, version }: NodeRuntime, destination: string): string => {
  const name = `node-${process.platform}-${process.arch}`;
  const program = `${name}-${version}`;
  if (existsSync(join(destination, program))) return join(destination, program);
  return placePackage(
    destination,
    (file) => file.startsWith(`${name}-`),
    (place) => {
      copyFileSync(join(folder, 'bin/node'), join(place, program));
      return program;
    },
  );
};
