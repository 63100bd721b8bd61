// The provisioning scripts: without a finding of shellcheck, and refusing what they cannot do in words.

import { equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** A folder with programs of these texts, which stand for others. */
const programsIn = (folder: string, texts: Readonly<Record<string, string>>): string => {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(programs, name), text, { mode: 0o755 });
  return programs;
};

describe('provision/setup.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-setup-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [title, node, found] of [
    ['whose Node is that of Debian 12', 'case $1 in --version) echo v18.19.1;; *) exit 1; esac', 'v18.19.1'],
    ['without Node', 'exit 127', 'none'],
  ] as const)
    it(`says on a machine ${title} what it needs, before it installs anything`, () => {
      const programs = programsIn(folder, {
        node: `#!/bin/sh\n${node}\n`,
        npm: '#!/bin/sh\necho 9.2.0\n',
        'apt-get': '#!/bin/sh\necho installs\n',
      });
      const { status, stdout, stderr } = spawnSync('bash', ['provision/setup.sh'], {
        encoding: 'utf8',
        env: { PATH: `${programs}:${process.env.PATH}` },
      });
      equal(status, 1);
      equal(stdout, '');
      equal(stderr.split('\n')[0], `setup: needs npm and Node 20.19 or later, found Node ${found}, npm 9.2.0`);
    });
});
