// Official builds of Node besides the running one: from their npm package, pinned by checksum, each with its licence.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './command.ts';

/** By major version. Expected integrity of the download by architecture (npm's names), as in package-lock.json. */
const builds = {
  20: {
    version: '20.20.2',
    x64: 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
  },
  22: {
    version: '22.23.5',
    x64: 'sha512-3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==',
  },
  24: {
    version: '24.22.3',
    x64: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
    arm64: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
  },
  26: {
    version: '26.12.1',
    x64: 'sha512-jk5LMAmgHlPlPMWpsUrSOqNaEZG+11UNd35hWQ+p5/XGaelWuTqJ69IcAy/5xtPPN4d5ZRBNOGB6gLMCh2kL9A==',
  },
} as const satisfies Readonly<Record<number, { version: string; x64: string; arm64?: string }>>;

export type NodeMajor = keyof typeof builds;

/** Those that regent is tested with. */
export const nodeMajors: readonly NodeMajor[] = [20, 22, 24, 26];

/** The newest in long-term support, which packages carry where the distribution's is too old. */
export const packagedNode: NodeMajor = 24;

/** A folder with bin/node and LICENSE. */
export type NodeRuntime = { readonly folder: string; readonly version: string };

const check = (file: string, expected: string): void => {
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== expected) throw new Error(`${file}: expected ${expected}, found ${found}`);
};

/** Where it is once it has been downloaded. */
export const nodeRuntime = (cache: string, major: NodeMajor): NodeRuntime => {
  const { version } = builds[major];
  return { folder: join(cache, `node-${version}-${process.arch}`), version };
};

/** Downloads it into the cache, once. @throws Error for an unsupported architecture. */
export const fetchNodeRuntime = (cache: string, major: NodeMajor): NodeRuntime => {
  const runtime = nodeRuntime(cache, major);
  const { folder, version } = runtime;
  const integrities: Readonly<Record<string, string>> = builds[major];
  const expected = integrities[process.arch];
  if (expected === undefined) throw new Error(`There is no Node ${major} to be brought for ${process.arch}`);
  if (existsSync(folder)) return runtime;
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}.`);
  try {
    const name = `node-linux-${process.arch}`;
    runTool(['npm', 'pack', '--silent', '--pack-destination', scratch, `${name}@${version}`]);
    const tarball = join(scratch, `${name}-${version}.tgz`);
    check(tarball, expected);
    runTool(['tar', '-xzf', tarball, '-C', scratch, 'package/bin/node', 'package/LICENSE']);
    renameSync(join(scratch, 'package'), folder);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return runtime;
};
