// The provisioning scripts: without a finding of shellcheck, and refusing what they cannot do in words.

import { equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'tinyglobby';

describe('the shell scripts', () => {
  for (const script of globSync(['provision/*.sh', 'lab/**/*.sh', 'test/**/*.sh'])) {
    it(`${script} has no finding of shellcheck`, () => {
      const { status, stdout } = spawnSync('shellcheck', ['--external-sources', script], { encoding: 'utf8' });
      equal(status, 0, stdout);
    });
  }

  for (const role of ['director', 'real-server', 'client']) {
    it(`provision/${role}.sh says on a machine without systemd what it needs`, () => {
      const { status, stderr } = spawnSync(
        'unshare',
        ['--mount', 'sh', '-c', `mount -t tmpfs tmpfs /run && exec bash provision/${role}.sh`],
        {
          encoding: 'utf8',
        },
      );
      equal(status, 1);
      match(stderr, /needs a machine that systemd runs/);
    });
  }
});
