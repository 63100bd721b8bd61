// The contents of every package: the files that npm would pack, and the modules needed at run time, native parts built.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runTool } from './command.ts';

export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Compiler output besides raw-socket's one product. */
const isByProduct = (path: string): boolean => /\/raw-socket\/build\/(?!Release$|Release\/raw\.node$)/.test(path);

/** Copies only the modules needed at run time. */
const copyModules = (project: string, folder: string): void => {
  const listing = runTool(['npm', 'ls', '--omit=dev', '--all', '--parseable'], { in: project });
  for (const path of listing.split('\n').slice(1)) {
    // Modules that npm omits on this platform are still listed.
    if (path === '' || !existsSync(path)) continue;
    cpSync(path, join(folder, relative(project, path)), { recursive: true, filter: (source) => !isByProduct(source) });
  }
};

/** An installation needs only `dependencies`; npm must not fetch or build anything. */
const writeManifest = (folder: string): void => {
  const { devDependencies: _, scripts: __, private: ___, allowScripts: ____, ...manifest } = readManifest(folder);
  const bundled = { ...manifest, bundleDependencies: Object.keys(manifest.dependencies) };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(bundled, null, 2)}\n`);
};

/** Puts the contents into an empty folder. */
export const layContents = (project: string, folder: string): void => {
  const packing = mkdtempSync(join(tmpdir(), 'regent-pack-'));
  try {
    runTool(['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', packing], { in: project });
    const { name, version } = readManifest(project);
    mkdirSync(folder, { recursive: true });
    runTool(['tar', '-xzf', join(packing, `${name}-${version}.tgz`), '--strip-components=1', '-C', folder]);
  } finally {
    rmSync(packing, { recursive: true });
  }
  copyModules(project, folder);
  writeManifest(folder);
};
