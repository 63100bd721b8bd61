// What a drill of the lab ran with: versions, kernel, processor.

import { readFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../vm/project.ts';

/** The version of regent in this checkout. */
export const regentVersion = (): string =>
  (JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string }).version;

/** The load averages of this kernel. */
export const loadNow = (): string =>
  loadavg()
    .map((load) => load.toFixed(2))
    .join(' ');

export const hostEnvironment = (): Readonly<Record<string, string>> => ({
  regent: regentVersion(),
  node: process.version,
  kernel: `Linux ${release()}${process.env.REGENT_VM === '1' ? ' in a virtual machine' : ''}`,
  processor: `${cpus().length} x ${cpus()[0]?.model.trim() || process.arch}`,
  load: loadNow(),
});
