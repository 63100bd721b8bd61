// Bundles the page of `regent ui`, with the licences of what it contains.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

/** `node_modules/@preact/signals/dist/…` is of `@preact/signals`. */
const packageOf = (path: string): string[] => {
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  return name === undefined ? [] : [name];
};

const licenceOf = (project: string, name: string): string => {
  const folder = join(project, 'node_modules', name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
    license: string;
  };
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${name} ${version}: ${license}\n${text}`;
};

/** Writes the licences of the packages that a bundle contains. */
export const writeLicences = (project: string, { inputs }: Pick<Metafile, 'inputs'>, file: string): void => {
  const packages = [...new Set(Object.keys(inputs).flatMap(packageOf))].sort();
  writeFileSync(file, packages.map((name) => licenceOf(project, name)).join(`\n${'-'.repeat(78)}\n\n`));
};

/** @param project the folder of the sources. @param destination the folder of the page. */
export const bundlePage = async (project: string, destination: string): Promise<void> => {
  const source = join(project, 'ui/page');
  if (!existsSync(source)) throw new Error(`${source} is missing: the page is bundled from its sources`);
  mkdirSync(destination, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: { page: join(source, 'main.ts') },
    outdir: destination,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  await build({
    absWorkingDir: project,
    entryPoints: { page: join(source, 'page.css') },
    outdir: destination,
    bundle: true,
    minify: true,
    logLevel: 'warning',
  });
  for (const name of ['index.html', 'icon.svg']) copyFileSync(join(source, name), join(destination, name));
  writeLicences(project, metafile, join(destination, 'LICENSES.txt'));
};
