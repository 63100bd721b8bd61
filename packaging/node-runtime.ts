// The Node in the Debian package, since Debian 12 has an older one: the npm package of its official build, with its licence.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './command.ts';

/** The newest long-term release that all native modules can be built for. */
const version = '22.23.3';

/** Expected integrity of the download, by architecture (npm's names), as in package-lock.json. */
const integrities: Readonly<Record<string, string>> = {
  x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
};

/** A folder with bin/node, include/node and LICENSE. */
export type NodeRuntime = { readonly folder: string; readonly version: string };

const check = (file: string, expected: string): void => {
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== expected) throw new Error(`${file}: expected ${expected}, found ${found}`);
};

/** Downloads it into the cache, once. @throws Error for an unsupported architecture. */
export const fetchNodeRuntime = (cache: string): NodeRuntime => {
  const expected = integrities[process.arch];
  if (expected === undefined) throw new Error(`There is no Node to be brought for ${process.arch}`);
  const folder = join(cache, `node-${version}-${process.arch}`);
  if (existsSync(folder)) return { folder, version };
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}.`);
  try {
    const name = `node-linux-${process.arch}`;
    runTool(['npm', 'pack', '--silent', '--pack-destination', scratch, `${name}@${version}`]);
    const tarball = join(scratch, `${name}-${version}.tgz`);
    check(tarball, expected);
    runTool(['tar', '-xzf', tarball, '-C', scratch, 'package/bin/node', 'package/include', 'package/LICENSE']);
    renameSync(join(scratch, 'package'), folder);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return { folder, version };
};
