// `npm run build`, after the compiler: bundles each process's program into one file of dist/bundle/, packages with native parts
// excepted, the page of `regent ui`, and the report of drills. Names and lines stay readable, so that a stack names the function that failed.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { programModules } from '../base/installed-programs.ts';
import { bundlePage } from './bundle-page.ts';
import { bundleReport } from './bundle-report.ts';
import { layFiles } from './lay-files.ts';

const compiled = fileURLToPath(new URL('..', import.meta.url));
// Programs that run at this moment find each file whole, and unchanged ones as they were.
const fresh = mkdtempSync(join(compiled, 'bundling-'));

/** The code is ASCII already; one other letter in a comment would double the memory that holds the text. */
const asciiOf = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

try {
  await build({
    absWorkingDir: compiled,
    entryPoints: { ...programModules },
    outdir: fresh,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['koffi', 'raw-socket'],
    sourcemap: true,
    logLevel: 'warning',
    // For what CommonJS packages require of Node.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
  });
  for (const program of Object.keys(programModules)) {
    const file = join(fresh, `${program}.js`);
    writeFileSync(file, asciiOf(readFileSync(file, 'utf8')));
  }
  await bundlePage(join(compiled, '..'), join(fresh, 'page'));
  await bundleReport(join(compiled, '..'), compiled, join(fresh, 'drill'));
  // Older than what the compiler has written, a bundle would not be run.
  layFiles(fresh, join(compiled, 'bundle'), statSync(join(compiled, 'build.tsbuildinfo')).mtimeMs);
} finally {
  rmSync(fresh, { recursive: true });
}
