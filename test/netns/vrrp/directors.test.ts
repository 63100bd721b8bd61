// Two directors in this host's kernel: one holds the address, through the end of any process of either.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { until } from '../namespaces.ts';
import {
  closeHosts,
  ended,
  type Host,
  openHosts,
  pidOf,
  processesOf,
  signal,
  sleep,
  startDirector,
  virtualAddress,
} from './hosts.ts';

describe('two directors', function () {
  this.timeout(60_000);
  let master: Host;
  let backup: Host;
  let controller: ChildProcess;

  // The master is asked first: an address that moves without a gap is then seen at least once.
  const holders = (): string => [master.holds() ? 'master' : '', backup.holds() ? 'backup' : ''].filter(Boolean).join();
  const watch = async (span: number): Promise<string[]> => {
    const seen = new Set<string>();
    const end = performance.now() + span;
    while (performance.now() < end) {
      seen.add(holders());
      await sleep(10);
    }
    return [...seen];
  };

  beforeEach(async () => {
    [master, backup] = openHosts();
    controller = startDirector(master, 150);
    startDirector(backup, 100);
    await until('the higher priority holds the address', () => holders() === 'master', 15_000);
    await until('the lower priority runs', () => backup.log().includes('the master is 192.168.55.11'), 15_000);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(`${master.log()}\n${backup.log()}`);
    await closeHosts();
  });

  it('have one master, the one of higher priority', async () => assert.deepEqual(await watch(4500), ['master']));

  it('move the address when the vrrp process of the master is killed', async () => {
    const start = performance.now();
    signal(pidOf(master, 'vrrp'), 'SIGKILL');
    await until('the address leaves the old master', () => !master.holds(), 1000);
    await until('the peer holds it', backup.holds, 2000 - (performance.now() - start));
    await until('the higher priority takes it back', () => holders() === 'master', 10_000);
  });

  it('move the address when the vrrp process of the master stops, and agree when it goes on', async () => {
    const pid = pidOf(master, 'vrrp');
    signal(pid, 'SIGSTOP');
    await until('the address leaves the stopped master', () => !master.holds(), 5000);
    await until('the peer holds it', backup.holds, 5000);
    const later = await watch(4000);
    signal(pid, 'SIGCONT');
    await sleep(5000);
    const rest = await watch(2000);
    assert.ok(!later.includes('master,backup'), later.join(' | '));
    assert.deepEqual(rest, ['master']);
  });

  it('keep the address where it is when the controller is killed; the next one adopts it', async () => {
    const pid = pidOf(master, 'vrrp');
    controller.kill('SIGKILL');
    await ended(controller);
    assert.deepEqual(await watch(2000), ['master']);
    startDirector(master, 150);
    await until('the vrrp process is adopted', () => master.log().includes('adopted from an earlier controller'));
    assert.deepEqual(await watch(5000), ['master']);
    assert.equal(pidOf(master, 'vrrp'), pid);
  });

  it('hand the address over without a gap on SIGTERM, and leave no process behind', async () => {
    const start = performance.now();
    controller.kill('SIGTERM');
    const seen = new Set<string>();
    for (let now = ''; now !== 'backup' && performance.now() - start < 2500; seen.add(now)) {
      now = holders();
      await sleep(5);
    }
    assert.equal(holders(), 'backup', `seen: ${[...seen].join(' | ')}`);
    assert.ok(!seen.has(''), 'there was a moment without a holder');
    assert.equal(await ended(controller), 0);
    assert.deepEqual(processesOf(master.directory), []);
    assert.deepEqual(await watch(1500), ['backup']);
  });

  it('put back an address that somebody removed from the master', async () => {
    master.namespace.run('ip', 'address', 'del', virtualAddress, 'dev', 'enp0s9');
    await until(
      'the log tells it',
      () => /192\.168\.55\.100\/32 .*restored|restored.*192\.168\.55\.100/.test(master.log()),
      2000,
    );
    await until('the address is back', master.holds, 2000);
    assert.deepEqual(await watch(2000), ['master']);
  });

  it('start a killed healthcheck process again, and the address stays', async () => {
    await until('there is a healthcheck process', () => pidOf(master, 'healthcheck') > 0);
    const pid = pidOf(master, 'healthcheck');
    signal(pid, 'SIGKILL');
    const seen = await watch(3000);
    const next = pidOf(master, 'healthcheck');
    assert.ok(next > 0 && next !== pid, `${next} after ${pid}`);
    process.kill(next, 0);
    assert.deepEqual(seen, ['master']);
  });
});
