// Bundles what draws the report of a drill, with its libraries, and the script that the report contains.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeLicences } from './bundle-page.ts';

/** @param project the folder of the sources. @param compiled the compiled program's. @param destination the bundle's. */
export const bundleReport = async (project: string, compiled: string, destination: string): Promise<void> => {
  mkdirSync(destination, { recursive: true });
  const page = await build({
    absWorkingDir: project,
    entryPoints: { page: join(project, 'drill/page/main.ts') },
    outdir: destination,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    metafile: true,
    logLevel: 'warning',
  });
  const report = await build({
    absWorkingDir: project,
    entryPoints: {
      report: join(compiled, 'drill/report/page.js'),
      picture: join(compiled, 'drill/report/picture.js'),
    },
    splitting: true,
    chunkNames: 'charts',
    outdir: destination,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['canvas'],
    metafile: true,
    logLevel: 'warning',
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
  });
  const inputs = { ...page.metafile.inputs, ...report.metafile.inputs };
  writeLicences(project, { inputs }, join(destination, 'LICENSES.txt'));
};
