// Node from its npm package: for machines without it, or with a version other than regent's native parts were built for.

import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './command.ts';

/** Copies the Node version that runs this into a folder, replacing others. @returns its path. */
export const packNode = (destination: string): string => {
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(destination, `${name}-${process.versions.node}`);
  if (existsSync(program)) return program;
  for (const old of readdirSync(destination).filter((file) => file.startsWith(`${name}-`)))
    rmSync(join(destination, old));
  const archive = `${program}.tgz`;
  runTool(['npm', 'pack', '--silent', `${name}@${process.versions.node}`], { in: destination });
  // Unpacked here: an emulated machine would take half a minute for it.
  runTool(['tar', '-xzf', archive, '--strip-components=2', 'package/bin/node'], { in: destination });
  renameSync(join(destination, 'node'), program);
  rmSync(archive);
  return program;
};
