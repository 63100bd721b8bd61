// The lab on five machines that Vagrant boots, as a user runs it: `npm run lab:vagrant` says whether every step held. CI leaves
// out what takes another quarter of an hour: every boot after the first one, a power cut, and an edited configuration.

import assert, { deepEqual, equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../lab/report.ts';
import { extent } from '../prove/extent.ts';

// Five to eight minutes to come up, and five more for the short drill; a machine that others use, too, may take longer for the
// whole one.
const limit = extent(90, 20) * 60_000;

describe('the lab on five machines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-vagrant-lab-'));
  after(() => rmSync(folder, { recursive: true }));

  it('comes up by vagrant up, outlives what is done to it, and is destroyed', async function () {
    this.timeout(limit);
    const json = join(folder, 'report.json');
    // Output as it comes: what CI shows of a machine that does not boot.
    const lab = spawn(
      process.execPath,
      ['dist/lab/vagrant/main.js', ...extent<readonly string[]>([], ['--short']), '--json', json],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    const timer = setTimeout(() => lab.kill('SIGTERM'), limit - 10_000);
    const [code] = await once(lab, 'exit');
    clearTimeout(timer);
    assert(existsSync(json), `the lab ended with ${code} before its drill was over`);
    const report: Report = JSON.parse(readFileSync(json, 'utf8'));
    deepEqual(
      report.steps.filter(({ held }) => !held).map(({ name, seen }) => `${name}: ${seen}`),
      [],
    );
    equal(code, 0);
  });
});
