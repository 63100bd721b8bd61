// The npm tarball on a bare Debian that has a newer Node and npm and reaches no registry, by the commands of docs/install.md.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeRuntime, packagedNode } from '../../packaging/node-runtime.ts';
import { blocksOf, stepsOf } from '../unit/docs/markdown.ts';
import { type BareDebian, bootDebian, until } from './bare-debian.ts';
import {
  configure,
  hasAddress,
  layNetwork,
  mainPid,
  pidOf,
  privilegesOf,
  programsOf,
  rules,
  serve,
} from './installed-director.ts';

const packages = fileURLToPath(new URL('../../../packages', import.meta.url));
/** As node's own packages lay it. */
const npm = spawnSync('npm', ['root', '--global'], { encoding: 'utf8' }).stdout.trim();

/** The commands of the page that are for this package. */
const commands = blocksOf('docs/install.md').flatMap(({ kind, text }) =>
  kind.split(' ').includes('npm') ? stepsOf(text).map(({ command }) => command) : [],
);

describe('the npm tarball', function () {
  this.timeout(180_000);
  let debian: BareDebian;

  before(async () => {
    debian = await bootDebian();
    // A shell finds it before the distribution's.
    debian.bring(join(nodeRuntime(resolve('.cache/node'), packagedNode).folder, 'bin/node'), '/usr/local/bin/node');
    debian.bring(join(npm, 'npm'), '/usr/local/lib/node_modules/npm');
    debian.must('ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm');
    const tarball = readdirSync(packages).find((name) => name.endsWith('.tgz'));
    debian.bring(join(packages, tarball ?? 'none: npm run pack'));
    layNetwork(debian);
    serve(debian, 'node');
  });
  after(function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(debian.run('systemctl status --no-pager --full regent; journalctl --no-pager --lines 80').out);
    debian.end();
  });

  it('has a page of commands', () => assert.ok(commands.length > 8));
  for (const command of commands)
    it(`lb0$ ${command}`, () => {
      if (command.startsWith('regent check')) configure(debian);
      debian.must(`cd /root && ${command}`);
    });

  it('rules, as the same user as the Debian package', async () => {
    await rules(debian);
    assert.equal(privilegesOf(debian, mainPid(debian)).user, 'regent');
    assert.equal(privilegesOf(debian, pidOf(debian, 'healthcheck')).capabilities, '0');
  });
  it('runs each process from one bundled file', () =>
    assert.deepEqual(programsOf(debian), ['healthcheck.js', 'vrrp.js']));
  it('gives everything back when it is stopped', () => {
    debian.must('systemctl stop regent');
    assert.ok(!hasAddress(debian));
  });

  describe('as docs/start.md has it, on lb0', () => {
    const blocks = blocksOf('docs/start.md');
    const installation =
      blocks
        .find(({ text }) => text.startsWith('npm install'))
        ?.text.trim()
        .split('\n') ?? [];
    const steps = blocks.flatMap(({ text }) => stepsOf(text)).filter(({ host }) => host === 'lb0');
    const typed = steps.slice(
      0,
      steps.findIndex(({ command }) => command.startsWith('regent handover')),
    );

    before(() => {
      debian.must('ip link set eth0 down && ip link set eth0 name enp0s9 && ip link set enp0s9 up');
    });
    after(() => {
      debian.must('kill $(pgrep --oldest --full "regent run")');
    });

    it('has commands', () => assert.ok(installation.length > 2 && typed.length > 5));
    for (const command of installation) it(command, () => void debian.must(`cd /root && ${command}`));
    it('has a file, beside its schema', () => {
      const file = blocks.find(({ kind }) => kind === 'yaml file=lb0')?.text ?? '';
      debian.write('/etc/regent/regent.yaml', file);
      assert.match(file, /schema=regent\.schema\.json/);
      assert.ok('properties' in JSON.parse(debian.must('cat /etc/regent/regent.schema.json')));
    });
    for (const { command, code } of typed)
      it(`lb0$ ${command}`, async () => {
        if (command.startsWith('regent run')) {
          debian.start(`exec ${command.replace(/ &$/, '')} >/root/log 2>&1`);
          await until('it is master', () => debian.run('regent health --master vip').code === 0, 30_000);
        } else assert.equal(debian.run(command).code, code, debian.run(command).out);
      });
    it('holds the address', () => assert.ok(hasAddress(debian, 'enp0s9')));
  });
});
