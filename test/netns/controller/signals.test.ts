// Signals: each process of a director outlives those that operators, terminals and timers send, and none opens a debugger.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ignoredSignals } from '../../../base/ignored-signals.ts';
import { isListening } from '../listening.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, hasEnded, logs, openHosts, pidOf, signal, sleep } from '../vrrp/hosts.ts';
import { configure, router, startConfigured } from './operated-director.ts';

const alone = [router('vip', 51, 100, ['192.168.55.100/32'])];
const processes = ['controller', 'vrrp', 'healthcheck'] as const;

describe('signals to the processes of a director', () => {
  let host: Host;
  let director: ChildProcess;
  before(async () => {
    [host] = openHosts();
    configure(host, alone);
  });
  after(() => closeHosts());

  const pidOfProcess = (name: (typeof processes)[number]): number =>
    name === 'controller' ? (director.pid ?? Number.NaN) : pidOf(host, name);
  const isNode = (pid: number | undefined): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/exe`) === process.execPath;
    } catch {
      return false;
    }
  };
  const listeners = (): string => host.namespace.run('ss', '-Hltn');

  it('open no debugger while they start, however early they come', async () => {
    for (const delay of [0, 10, 20, 30, 40, 60, 100]) {
      director = startConfigured(host);
      // Before that it is ip(8), which ends by the signal.
      await until('Node runs', () => isNode(director.pid));
      await sleep(delay);
      if (director.pid !== undefined) signal(director.pid, 'SIGUSR1');
      // Where Node had not come to regent's first lines, it ends; on a busy machine that takes longer.
      const hasYielded = (): boolean => director.signalCode === 'SIGUSR1';
      await until('vrrp is started', () => hasYielded() || isNode(pidOf(host, 'vrrp')));
      assert.equal(listeners(), '', `the controller after ${delay} ms`);
      if (hasYielded()) continue;
      for (const name of ['vrrp', 'healthcheck'] as const) {
        await until(`${name} is started`, () => isNode(pidOf(host, name)));
        for (const _ of Array(10)) {
          // One that has not come as far as Node's own first lines ends, and is started again.
          const pid = pidOf(host, name);
          if (isNode(pid)) signal(pid, 'SIGUSR1');
          await sleep(10);
          assert.equal(listeners(), '', name);
        }
      }
      await until('vrrp answers', () => existsSync(join(host.directory, 'vrrp.sock')), 30_000);
      await sleep(300);
      assert.equal(listeners(), '', `after ${delay} ms`);
      assert.equal(hasEnded(director), false);
      director.kill('SIGTERM');
      await ended(director);
    }
  });

  it('are outlived, and cost no mastership', async () => {
    const earlier = host.log().length;
    director = startConfigured(host);
    await until('the director is master', host.holds, 30_000);
    await until('all run', () => processes.every((name) => isNode(pidOfProcess(name))));
    // A process that has not come to regent's first lines yet ends by most of the signals.
    await until('healthcheck listens', () => isListening(join(host.directory, 'healthcheck.sock')));
    const before = processes.map(pidOfProcess);
    for (const name of processes)
      for (const one of ignoredSignals) {
        // The next controller is made room for; a stop is asked for.
        if (name === 'controller' && ['SIGUSR2', 'SIGINT', 'SIGQUIT'].includes(one)) continue;
        signal(pidOfProcess(name), one);
        await sleep(30);
        assert.equal(host.holds(), true, `${one} to ${name}`);
      }
    await sleep(1500);
    assert.deepEqual(processes.map(pidOfProcess), before);
    for (const pid of before) assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^State:\s+[SRD]/m);
    assert.equal(listeners(), '');
    const log = host.log().slice(earlier);
    assert.doesNotMatch(log, /lost:/);
    assert.equal(log.match(/master -> /g)?.length ?? 0, 0);
  });

  it('USR1 has the controller write its status into files', async () => {
    await logs(host, /SIGUSR1: the status is written to \S+regent\.data and \S+regent\.json/);
    assert.match(readFileSync(join(host.directory, 'regent.data'), 'utf8'), /vip/);
    const { routers } = JSON.parse(readFileSync(join(host.directory, 'regent.json'), 'utf8'));
    assert.equal(routers[0].state, 'master');
  });

  it('HUP has the controller read its configuration again', () => logs(host, /reload|configuration/i));

  it('QUIT stops it as TERM and INT do', async () => {
    director.kill('SIGQUIT');
    assert.equal(await ended(director), 0);
    assert.equal(host.holds(), false);
  });
});
