// `npm run build`, after the compiler: bundles each process's program into one file of dist/bundle/, packages with native parts
// excepted, the page of `regent ui`, and the report of drills. Names and lines stay readable, so that a stack names the function that failed.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { programModules } from '../base/installed-programs.ts';
import { bundlePage } from './bundle-page.ts';
import { bundleReport } from './bundle-report.ts';

const compiled = fileURLToPath(new URL('..', import.meta.url));

await build({
  absWorkingDir: compiled,
  entryPoints: { ...programModules },
  outdir: 'bundle',
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

await bundlePage(join(compiled, '..'), join(compiled, 'bundle/page'));
await bundleReport(join(compiled, '..'), compiled);
