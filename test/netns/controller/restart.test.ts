// The controller is ended and started again and again: mastership, addresses and the vrrp process stay as they are.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { extent } from '../../prove/extent.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, pidOf, sleep } from '../vrrp/hosts.ts';
import {
  addressesNow,
  addressesOf,
  askStatus,
  configPath,
  configure,
  program,
  regent,
  router,
  startConfigured,
  statusOf,
} from './operated-director.ts';

const vip = '192.168.55.100/32';
const restarts = extent(100, 3);

describe('a restart of the controller', function () {
  this.timeout(60_000 + restarts * 20_000);
  let master: Host;
  let backup: Host;
  let controller: ChildProcess;

  before(async () => {
    [master, backup] = openHosts();
    for (const [host, priority] of [
      [master, 150],
      [backup, 100],
    ] as const) {
      configure(host, [router('vip', 51, priority, [vip])]);
    }
    controller = startConfigured(master);
    startConfigured(backup);
    await until('the master rules', () => addressesOf(master).includes(vip));
    await until('the backup hears it', async () => (await askStatus(backup))?.routers[0]?.master !== undefined);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.error(`${master.log()}\n${backup.log()}`);
    }
    await closeHosts();
  });

  for (const name of ['SIGKILL', 'SIGUSR2'] as const)
    it(`by ${name}, ${restarts} times, moves nothing`, async () => {
      const pid = pidOf(master, 'vrrp');
      const before = statusOf(master)?.routers[0]?.since;
      let gaps = 0;
      let running = true;
      const watching = (async () => {
        while (running) {
          if (!addressesNow(master).includes(vip) || addressesNow(backup).includes(vip)) gaps += 1;
          await sleep(10);
        }
      })();
      for (let count = 0; count < restarts; count += 1) {
        controller.kill(name);
        await ended(controller);
        controller = startConfigured(master);
        await until('the next controller answers', async () => ((await askStatus(master))?.routers.length ?? 0) > 0);
      }
      running = false;
      await watching;
      assert.equal(gaps, 0);
      assert.equal(pidOf(master, 'vrrp'), pid);
      assert.equal(statusOf(master)?.routers[0]?.since, before);
    });

  it('leaves the reason of the mastership to be told', () => {
    const { out } = regent(master, 'why', 'router', 'vip');
    assert.match(out, /decided by\s+(no master was heard|preempts 192\.168\.55\.12)/);
    assert.match(out, /rule\s+.*RFC 9568 6\.4\.2/);
  });

  it('a killed controller leaves its will to the next one, which executes it', async () => {
    process.kill(pidOf(master, 'vrrp'), 'SIGKILL');
    await until('the will is executed', () => /removed 1 addresses and sent 1 farewells/.test(master.log()));
    await until('the router rules again', () => addressesOf(master).includes(vip));
  });

  it('gives the mastership up when no next controller comes within hold', async () => {
    controller.kill('SIGUSR2');
    await until('the peer has the address', () => addressesOf(backup).includes(vip));
    assert.ok(!addressesOf(master).includes(vip));
  });

  it('is not caused by a log that nobody reads any more', async () => {
    controller.kill('SIGUSR2');
    await ended(controller);
    const { directory } = master;
    const command = [process.execPath, program, 'run', '-c', configPath(master)].join(' ');
    master.start('sh', '-c', `${command} | head -n 1 > ${directory}/first-line`);
    await until('the router rules again', async () => (await askStatus(master))?.routers[0]?.state === 'master');
    assert.equal(regent(master, 'reload').code, 0);
    const { code, out } = regent(master, 'events', '--process', 'director', '--json');
    assert.equal(code, 0);
    assert.match(out.trimEnd().split('\n').at(-1) ?? '', /reloaded/);
    assert.ok(addressesOf(master).includes(vip));
  });
});
