// Which file a process is started from: its bundle, unless the program was compiled since.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf, programFile } from '../../../base/installed-programs.ts';

describe('the file of a program', () => {
  let folder = '';
  const put = (path: string, at: number): void => {
    writeFileSync(path, '');
    utimesSync(path, at, at);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-programs-'));
    mkdirSync(join(folder, 'bundle'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is its module where nothing is bundled', () => {
    assert.equal(programFile('vrrp', folder), join(folder, 'vrrp/process.js'));
  });
  it('is the bundle of an installed package, which the compiler left no record in', () => {
    put(bundleOf('vrrp', folder), 1);
    assert.equal(programFile('vrrp', folder), join(folder, 'bundle/vrrp.js'));
    assert.equal(programFile('healthcheck', folder), join(folder, 'healthcheck/process.js'));
  });
  it('is the bundle where it is as new as what was compiled', () => {
    put(bundleOf('reader', folder), 5);
    put(join(folder, 'build.tsbuildinfo'), 5);
    assert.equal(programFile('reader', folder), join(folder, 'bundle/reader.js'));
  });
  it('is the module where it was compiled since', () => {
    put(bundleOf('director', folder), 4);
    put(join(folder, 'build.tsbuildinfo'), 5);
    assert.equal(programFile('director', folder), join(folder, 'cli/run.js'));
  });
});
