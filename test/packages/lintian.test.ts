// What Debian's own judge of packages says of ours: nothing, but for what is overridden with a reason.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';

const files = globSync('packages/*.deb');

describe('lintian', function () {
  this.timeout(120_000);
  it('has both packages', () => assert.equal(files.length, 2));
  for (const file of files)
    it(`has neither an error nor a warning about ${file.replace(/.*\/|_.*/g, '')}`, () => {
      const { stdout, stderr, status } = spawnSync('lintian', ['--tag-display-limit', '0', file], { encoding: 'utf8' });
      assert.equal(stdout, '', stderr);
      assert.equal(status, 0, stderr);
    });
  for (const folder of ['debian', 'debian-node'])
    it(`overrides only with a reason (${folder})`, () =>
      assert.match(readFileSync(`packaging/${folder}/lintian-overrides`, 'utf8'), /^(# .+\n([^#\n].*\n)+)+$/));
});
