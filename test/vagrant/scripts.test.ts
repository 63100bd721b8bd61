// The provisioning scripts: without a finding of shellcheck, and refusing what they cannot do in words.

import { equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

describe('provision/build-box.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-box-'));
  after(() => rmSync(folder, { recursive: true }));

  // In the place of the program that would download a whole Debian.
  const programs = programsIn(folder, {
    mmdebstrap: '#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done; echo "makes $1"; exit 1\n',
  });
  const box = join(folder, 'regent-lab.box');
  const key =
    globSync('/usr/share/rubygems-integration/all/gems/vagrant-*/keys/vagrant.pub', { absolute: true })[0] ?? '';
  /** A box of this suite lies there, made from what its script says now. */
  const keep = (suite: string): void => {
    const inputs = createHash('sha256').update(`${suite}\n`);
    for (const file of ['provision/build-box.sh', 'provision/packages.sh', key]) inputs.update(readFileSync(file));
    writeFileSync(box, '');
    writeFileSync(`${box}.inputs`, `${inputs.digest('hex')}\n`);
  };
  /** @returns what it would make, in words. */
  const build = (suite?: string): string => {
    const { status, stdout, stderr } = spawnSync('bash', ['provision/build-box.sh', box], {
      encoding: 'utf8',
      env: { PATH: `${programs}:${process.env.PATH}`, ...(suite !== undefined && { BOX_SUITE: suite }) },
    });
    return status === 0 ? 'keeps the box' : `${stdout}${stderr}`.trim();
  };

  for (const [kept, asked, outcome] of [
    [undefined, undefined, 'makes trixie'],
    [undefined, 'bookworm', 'makes bookworm'],
    ['trixie', undefined, 'keeps the box'],
    ['trixie', 'trixie', 'keeps the box'],
    ['bookworm', 'bookworm', 'keeps the box'],
    ['bookworm', undefined, 'makes trixie'],
    ['trixie', 'bookworm', 'makes bookworm'],
    ['trixie', 'sid', 'build-box: BOX_SUITE is trixie or bookworm, not sid'],
  ] as const)
    it(`beside ${kept ?? 'no'} box, asked for ${asked ?? 'none by name'}: ${outcome}`, () => {
      rmSync(box, { force: true });
      rmSync(`${box}.inputs`, { force: true });
      if (kept !== undefined) keep(kept);
      equal(build(asked), outcome);
    });
});
