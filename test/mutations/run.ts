// Which suite catches each defect of the list: node dist/test/mutations/run.js [--only WORDS] [--suites simulation,unit]
// Works on a copy of dist/; exits 1 if a defect is caught by no suite.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mutation, mutations } from './list.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, suites: { type: 'string', default: 'simulation,unit' } },
});

/** The tests of a suite that may see a defect of a file: of the unit tests, those of its room. */
const specOf = (suite: string, file: string): string =>
  suite === 'unit' ? `dist/test/unit/${file.split('/')[0]}/**/*.test.js` : `dist/test/${suite}/**/*.test.js`;

/** The project with a `dist/` of its own. */
const copyProject = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'regent-mutations-'));
  for (const name of readdirSync('.')) if (name !== 'dist') symlinkSync(resolve(name), join(root, name));
  cpSync('dist', join(root, 'dist'), { recursive: true });
  return root;
};

const isCaught = (root: string, suite: string, file: string): boolean => {
  const options = ['--no-config', '--exit', '--bail', '--timeout', '120000', '--reporter', 'dot'];
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
  return (
    spawnSync(process.execPath, [mocha, ...options, '--spec', specOf(suite, file)], {
      cwd: root,
      timeout: 600_000,
      env: { ...process.env, REGENT_SHRINK: 'off' },
    }).status !== 0
  );
};

/** @returns the suites that catch it. */
const tryOut = (root: string, { file, from, to, name }: Mutation): string[] => {
  const path = join(root, 'dist', file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${name}: ${file} does not have: ${from}`);
  writeFileSync(path, text.replace(from, to));
  const caught = values.suites.split(',').filter((suite) => isCaught(root, suite, file));
  writeFileSync(path, text);
  return caught;
};

const root = copyProject();
try {
  for (const mutation of mutations) {
    if (!mutation.name.includes(values.only)) continue;
    const caught = tryOut(root, mutation);
    process.stdout.write(`${mutation.name}: ${caught.join(', ') || 'SURVIVES'}\n`);
    if (caught.length === 0) process.exitCode = 1;
  }
} finally {
  rmSync(root, { recursive: true });
}
