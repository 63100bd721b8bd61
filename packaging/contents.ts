// The contents of every package: the files that npm would pack, and the modules needed at run time. No native part depends on a
// version of Node: raw-socket, which would, is left out, as regent has its own way where it is missing.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { runTool } from './command.ts';

export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Name and mail address. */
  readonly author: string;
  readonly homepage: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Of a module only what runs, and its licence: no sources of native parts, no typings, maps and documentation. */
const isNeeded = (path: string): boolean =>
  !basename(path).startsWith('.') &&
  (/\.([cm]?js|json|node)$/.test(path) ||
    /^(licen[cs]e|notice|copying)/i.test(basename(path)) ||
    statSync(path).isDirectory());

/** Optional dependencies, and what only they need. */
const leftOut = (project: string): ReadonlySet<string> => {
  const folderOf = (name: string): string => join(project, 'node_modules', name);
  const optional = Object.keys(readManifest(project).optionalDependencies).map(folderOf).filter(existsSync);
  return new Set(
    optional.flatMap((folder) => [folder, ...Object.keys(readManifest(folder).dependencies ?? {}).map(folderOf)]),
  );
};

/** Copies only the modules needed at run time. */
const copyModules = (project: string, folder: string): void => {
  const listing = runTool(['npm', 'ls', '--omit=dev', '--all', '--parseable'], { in: project });
  const omitted = leftOut(project);
  for (const path of listing.split('\n').slice(1)) {
    // Modules that npm omits on this platform are still listed.
    if (path === '' || omitted.has(path) || !existsSync(path)) continue;
    cpSync(path, join(folder, relative(project, path)), { recursive: true, filter: isNeeded });
  }
};

/** An installation needs only `dependencies`; npm must not fetch or build anything. */
const writeManifest = (folder: string): void => {
  const {
    devDependencies: _,
    scripts: __,
    allowScripts: ___,
    optionalDependencies: ____,
    overrides: _____,
    ...manifest
  } = readManifest(folder);
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
