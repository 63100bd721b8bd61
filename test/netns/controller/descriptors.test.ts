// A process that has no descriptors left: it goes on with what it has, says what it cannot do, and does it once it can.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { unlessShort } from '../../prove/extent.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, hasEnded, openHosts, pidOf, sleep } from '../vrrp/hosts.ts';
import { addressesOf, askStatus, configure, operate, router, startConfigured } from './operated-director.ts';

const [first, second] = ['192.168.55.100/32', '192.168.55.101/32'];
const ticks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

describe('a process without descriptors', () => {
  let host: Host;
  let controller: ChildProcess;
  const services = (ports: readonly number[]) => ({
    peers: { listen: '192.168.55.11:7900', key_file: join(host.directory, 'key'), directors: ['192.168.55.12:7900'] },
    virtual_services: ports.map((port) => ({
      name: `web${port}`,
      address: `192.168.55.100:${port}`,
      forwarding: 'direct',
      check: { type: 'tcp', interval: '200ms', timeout: '100ms' },
      real_servers: [{ name: `rs${port}`, address: `192.168.55.12:${port}` }],
    })),
  });
  before(async () => {
    [host] = openHosts();
    execFileSync('sh', ['-c', `head -c 32 /dev/zero | tr '\\0' k > ${join(host.directory, 'key')}`]);
    configure(host, [router('vip', 51, 100, [first])], services([80, 81, 82]));
    controller = startConfigured(host);
    await until('it is master', host.holds);
    await until('all answer', async () => (await askStatus(host))?.programs.every(({ answers }) => answers) === true);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(host.log());
    await closeHosts();
  });

  const limit = (pid: number, descriptors: number): void =>
    void execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${descriptors}:`]);
  const processes = (): Readonly<Record<string, number>> => ({
    controller: controller.pid ?? 0,
    vrrp: pidOf(host, 'vrrp'),
    healthcheck: pidOf(host, 'healthcheck'),
  });
  let generation = 0;

  for (const name of unlessShort(['controller', 'vrrp', 'healthcheck'], ['vrrp']))
    it(`is no end: ${name}`, async function () {
      this.timeout(60_000);
      const before = processes();
      const pid = before[name] ?? 0;
      const open = readdirSync(`/proc/${pid}/fd`).length;
      limit(pid, open);
      const sockets = ['control.sock', 'vrrp.sock', 'healthcheck.sock'].flatMap((socket) =>
        Array.from({ length: 8 }, () => connect(join(host.directory, socket)).on('error', () => undefined)),
      );
      const peer = host.start(
        process.execPath,
        '-e',
        `for (let n = 0; n < 8; n++) require('net').connect(7900, '192.168.55.11').on('error', () => {});
         setTimeout(() => process.exit(), 4000)`,
      );
      generation += 1;
      configure(host, [router('vip', 51, 100 + generation, [first, second])], services([80, 81, 82 + generation]));
      const reloading = operate(host, 'reload');
      process.kill(controller.pid ?? 0, 'SIGHUP');
      process.kill(controller.pid ?? 0, 'SIGUSR1');
      const spent = ticks(pid);
      for (let turn = 0; turn < 40; turn += 1) {
        assert.ok(
          host.holds(),
          `the address is gone: ${addressesOf(host)} ${JSON.stringify(host.namespace.enter(networkInterfaces))}`,
        );
        await sleep(100);
      }
      // A loop that does not back off takes all of its processor: 400 ticks.
      assert.ok(ticks(pid) - spent < 200, `${ticks(pid) - spent} ticks in 4 s`);
      limit(pid, 1024);
      for (const socket of sockets) socket.destroy();
      peer.kill();
      await reloading;
      await until('a reload is taken', async () => (await operate(host, 'reload')).code === 0);
      await until('it is whole', () => [first, second].every((one) => addressesOf(host).includes(one)));
      await until(
        'all answer',
        async () => (await askStatus(host))?.programs.every(({ answers, losses }) => answers && losses === 0) === true,
      );
      assert.ok(!hasEnded(controller));
      assert.deepEqual(processes(), before);
      assert.doesNotMatch(host.log(), /lost:|a defect|master -> /);
    });
});
