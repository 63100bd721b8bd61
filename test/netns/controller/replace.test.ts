// The processes of a director are replaced by what is installed: nobody else sees it, unless it cannot be done in time.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOf, programFile } from '../../../base/installed-programs.ts';
import { extent } from '../../prove/extent.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, pidOf, sleep } from '../vrrp/hosts.ts';
import {
  addressesNow,
  addressesOf,
  askStatus,
  configPath,
  configure,
  operate,
  type Run,
  regent,
  router,
  startConfigured,
  statusOf,
} from './operated-director.ts';

const vip = '192.168.55.100/32';
const replacements = extent(100, 3);
const project = fileURLToPath(new URL('../../../../', import.meta.url));

describe('a replacement of processes', function () {
  this.timeout(60_000 + replacements * 5000);
  let master: Host;
  let backup: Host;
  let controller: ChildProcess;
  let installation = '';

  /** What an upgrade changes. */
  const vrrpProgram = (): string => programFile('vrrp', join(installation, 'dist'));
  const start = (): ChildProcess =>
    master.start(process.execPath, join(installation, 'dist', 'cli', 'regent.js'), 'run', '-c', configPath(master));
  const restart = async (): Promise<void> => {
    controller.kill('SIGUSR2');
    await ended(controller);
    controller = start();
    await until('the next controller answers', async () => ((await askStatus(master))?.routers.length ?? 0) > 0);
  };
  const rule = async (): Promise<void> => {
    await until('the master rules', () => addressesOf(master).includes(vip));
    await until('the backup hears it', async () => (await askStatus(backup))?.routers[0]?.master?.priority === 150);
  };

  before(async () => {
    [master, backup] = openHosts();
    installation = join(master.directory, 'installed');
    mkdirSync(installation);
    const { files }: { readonly files: readonly string[] } = JSON.parse(
      readFileSync(join(project, 'package.json'), 'utf8'),
    );
    // A checkout may have been compiled since it was bundled.
    const isBundled = programFile('vrrp') === bundleOf('vrrp');
    for (const folder of files.filter((file) => /^dist\/\w+$/.test(file) && (isBundled || file !== 'dist/bundle')))
      cpSync(join(project, folder), join(installation, folder), { recursive: true });
    copyFileSync(join(project, 'package.json'), join(installation, 'package.json'));
    symlinkSync(join(project, 'node_modules'), join(installation, 'node_modules'));
    for (const [host, priority] of [
      [master, 150],
      [backup, 100],
    ] as const) {
      configure(host, [router('vip', 51, priority, [vip])]);
    }
    controller = start();
    startConfigured(backup);
    await rule();
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.error(`${master.log()}\n${backup.log()}`);
    }
    await closeHosts();
  });

  it('is asked for after an upgrade, by status, health and plan', async () => {
    assert.equal(regent(master, 'health').out, 'well\n');
    assert.equal(regent(master, 'replace').out, 'all processes run the installed program\n');
    appendFileSync(vrrpProgram(), '// another build\n');
    await restart();
    // The adopted process says its build a moment after the next controller answers.
    const asks = /^vrrp runs build .*: regent replace vrrp\n$/;
    await until('it is asked for', async () => asks.test((await operate(master, 'health')).out));
    const { out } = regent(master, 'plan', '-c', configPath(master));
    assert.match(
      out,
      /^hitless\s+process vrrp\s+runs build \S+, and regent replace puts \S+ in its place: its start takes/,
    );
  });

  it(`of vrrp, ${replacements} times, moves nothing`, async () => {
    const before = [statusOf(master)?.routers[0], statusOf(backup)?.routers[0]];
    const gaps = new Set<string>();
    let running = true;
    const watching = (async () => {
      while (running) {
        if (!addressesNow(master).includes(vip) || addressesNow(backup).includes(vip))
          gaps.add(master.log().slice(-500));
        await sleep(10);
      }
    })();
    for (let count = 0; count < replacements; count += 1) {
      const pid = pidOf(master, 'vrrp');
      const { code, out } = await operate(master, 'replace', 'vrrp');
      assert.equal(code, 0, out);
      assert.notEqual(pidOf(master, 'vrrp'), pid);
      await sleep(300);
    }
    // Longer than a peer would wait, so that a timer that does not go on is noticed.
    await sleep(4500);
    running = false;
    await watching;
    assert.deepEqual([...gaps], []);
    const after = [statusOf(master)?.routers[0], statusOf(backup)?.routers[0]];
    for (const [index, one] of before.entries()) {
      assert.deepEqual([after[index]?.state, after[index]?.since], [one?.state, one?.since]);
    }
    // It counts on where the one before it stopped.
    assert.ok((after[0]?.sent ?? 0) > (before[0]?.sent ?? 0) + replacements);
    assert.equal(after[1]?.sent, before[1]?.sent);
    assert.equal(regent(master, 'health').out, 'well\n');
    assert.match(regent(master, 'why', 'router', 'vip').out, /decided by\s+(no master was heard|preempts)/);
  });

  it('of healthcheck is done, too', async () => {
    const pid = pidOf(master, 'healthcheck');
    const { code, out } = await operate(master, 'replace', 'healthcheck');
    assert.equal(code, 0, out);
    assert.notEqual(pidOf(master, 'healthcheck'), pid);
    assert.equal(regent(master, 'health').out, 'well\n');
  });

  it('that does not fit the time that peers wait is refused, and forced where that is wanted', async () => {
    configure(master, [{ ...router('vip', 51, 150, [vip]), advertisement_interval: '20ms' }]);
    assert.equal(regent(master, 'reload').code, 0);
    // A host that stood still makes its master a backup for a moment, whose process may be replaced.
    let refused: Run = { code: 0, out: '' };
    await until('it is refused to a master', async () => {
      await until('the master rules', async () => (await askStatus(master))?.routers[0]?.state === 'master');
      refused = await operate(master, 'replace', 'vrrp');
      return refused.code === 1;
    });
    assert.match(refused.out, /cannot be replaced without an election: its start takes [\d.]+ m?s, and 60 ms may pass/);
    assert.equal((await operate(master, 'replace', 'vrrp', '--force')).code, 0);
    configure(master, [router('vip', 51, 150, [vip])]);
    assert.equal(regent(master, 'reload').code, 0);
    await rule();
  });

  it('by a program that does not start gives the mastership up', async () => {
    writeFileSync(vrrpProgram(), 'this is no program');
    const { code, out } = await operate(master, 'replace', 'vrrp', '--force');
    assert.deepEqual([code, out], [1, 'vrrp was lost: it ended before it answered (1)\n']);
    await until('the peer has the address', () => addressesOf(backup).includes(vip));
    assert.ok(!addressesOf(master).includes(vip));
    await until('it is said', () => /removed 1 addresses and sent 1 farewells/.test(master.log()));
  });

  it('of what is not there names what is', () => {
    const { code, out } = regent(master, 'replace', 'init');
    assert.deepEqual([code, out], [2, 'There is no process init; there are vrrp, healthcheck\n']);
  });
});
