// What status tells of the director's processes: builds, losses, and what an operator should do about them.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds } from '../../../../base/units.ts';
import { buildOf } from '../../../../controller/processes/program.ts';
import { programStatus, programWarnings } from '../../../../controller/processes/programs.ts';

const running = {
  pid: 7,
  build: '1+a',
  installed: '1+a',
  isConnected: true,
  losses: 0,
  restarts: 0,
  lastLoss: undefined,
  startsAgainIn: undefined,
  startTook: milliseconds(80),
};

describe('programs in the status', () => {
  it('warn of nothing while they run what is installed', () => {
    assert.deepEqual(programWarnings([programStatus('vrrp', running)]), []);
  });

  it('warn of a program that is not the installed one', () => {
    const [warning] = programWarnings([programStatus('vrrp', { ...running, installed: '2+b' })]);
    assert.equal(warning, 'vrrp runs build 1+a, and 2+b is installed: regent replace vrrp');
  });

  it('warn of one that does not run, and of one that is lost again and again', () => {
    const lastLoss = { at: 5, why: 'it ended' };
    const gone = { ...running, pid: undefined, build: undefined, losses: 3, lastLoss, startsAgainIn: milliseconds(9) };
    assert.deepEqual(programWarnings([programStatus('healthcheck', gone)]), [
      'the healthcheck process is not running',
      'the healthcheck process was lost 3 times in a row, last: it ended',
    ]);
    assert.deepEqual(programWarnings([programStatus('vrrp', { ...running, losses: 2, lastLoss })]), []);
  });
});

describe('the build of a program', () => {
  let folder = '';
  const program = (): string => join(folder, 'dist', 'healthcheck', 'process.js');
  const build = (): string => buildOf('healthcheck', join(folder, 'dist'));
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-build-'));
    mkdirSync(join(folder, 'dist', 'healthcheck'), { recursive: true });
    writeFileSync(program(), '');
    writeFileSync(join(folder, 'package.json'), '{"version":"1.2.3"}');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is the version and a mark, as long as the program is as it was installed', () => {
    assert.match(build(), /^1\.2\.3\+[0-9a-f]{8}$/);
    assert.equal(build(), build());
  });
  it('changes with the program, and with the version', () => {
    const before = build();
    utimesSync(program(), 1, 1);
    const rebuilt = build();
    assert.notEqual(rebuilt, before);
    writeFileSync(join(folder, 'package.json'), '{"version":"1.2.4"}');
    assert.equal(build(), rebuilt.replace('1.2.3', '1.2.4'));
  });
  it('is asked for without harm while an installation is being replaced', () => {
    rmSync(program());
    rmSync(join(folder, 'package.json'));
    assert.equal(build(), 'unknown+missing');
  });
});
