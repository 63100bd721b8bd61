// The npm tarball: contents with their modules, so that it installs without a registry.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './command.ts';

/** Packs a folder of contents. @returns the tarball's path. */
export const packTarball = (contents: string, destination: string): string => {
  const before = new Set(readdirSync(destination));
  runTool(['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', destination], { in: contents });
  const made = readdirSync(destination).find((name) => name.endsWith('.tgz') && !before.has(name));
  if (made === undefined) throw new Error(`npm pack made no tarball in ${destination}`);
  return join(destination, made);
};
