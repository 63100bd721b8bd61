// A director gives its mastership to the peer by command, stands aside until it is resumed, and never without a successor.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { askDirector } from '../../../controller/control/client.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, sleep } from '../vrrp/hosts.ts';
import {
  addressesNow,
  addressesOf,
  askStatus,
  configure,
  operate,
  regent,
  router,
  startConfigured,
  statusOf,
} from './operated-director.ts';

const addresses = ['192.168.55.100/32', '192.168.55.101/32'] as const;

describe('a handover', function () {
  this.timeout(120_000);
  let master: Host;
  let backup: Host;
  let controller: ChildProcess;
  let peer: ChildProcess;

  /** Who holds both addresses, the master asked first: what moves without a gap is then seen at least once. */
  const holders = (): string =>
    [master, backup]
      .filter((host) => addresses.every((address) => addressesNow(host).includes(address)))
      .map((host) => host.directory.slice(-3))
      .join();
  const seenUntil = async (wanted: string, timeout: number): Promise<Set<string>> => {
    const seen = new Set<string>();
    const end = performance.now() + timeout;
    for (let now = ''; now !== wanted && performance.now() < end; seen.add(now)) {
      now = holders();
      await sleep(5);
    }
    return seen;
  };

  before(async () => {
    [master, backup] = openHosts();
    const grouped = { groups: [{ name: 'lab', routers: ['vip', 'gateway'] }] };
    for (const [host, priority] of [
      [master, 150],
      [backup, 100],
    ] as const) {
      configure(host, [], {
        vrrp: {
          ...grouped,
          routers: [router('vip', 51, priority, [addresses[0]]), router('gateway', 52, priority, [addresses[1]])],
        },
      });
    }
    controller = startConfigured(master);
    peer = startConfigured(backup);
    await until('the master rules', () => holders() === 'lb0');
    await until('the backup hears it', async () => (await askStatus(backup))?.routers[0]?.master !== undefined);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.error(`${master.log()}\n${backup.log()}`);
    }
    await closeHosts();
  });

  it('moves the whole sync group without a gap', async () => {
    const handing = seenUntil('lb1', 10_000);
    const { code, out } = await operate(master, 'handover', 'vip');
    const seen = await handing;
    assert.equal(code, 0, out);
    assert.ok(!seen.has(''), [...seen].join(' | '));
    assert.deepEqual(
      statusOf(master)?.routers.map(({ state, aside }) => [state, aside]),
      [
        ['initialize', true],
        ['initialize', true],
      ],
    );
    assert.match(regent(master, 'health').out, /router vip is handed over/);
  });

  it('stands through a restart and a reload of the controller', async () => {
    controller.kill('SIGKILL');
    await ended(controller);
    controller = startConfigured(master);
    await until('the next controller answers', async () => ((await askStatus(master))?.routers.length ?? 0) > 0);
    assert.equal(regent(master, 'reload').code, 0);
    await sleep(5000);
    assert.equal(holders(), 'lb1');
  });

  it('stands through a stop and a start of the whole director', async () => {
    controller.kill('SIGTERM');
    await ended(controller);
    controller = startConfigured(master);
    await until('the director answers', async () => ((await askStatus(master))?.routers.length ?? 0) > 0);
    await sleep(5000);
    assert.equal(holders(), 'lb1');
  });

  it('ends by resume, and the higher priority rules again', async () => {
    assert.equal(regent(master, 'resume', 'gateway').code, 0);
    await until('the higher priority rules', () => holders() === 'lb0');
    assert.equal(regent(master, 'health').out, 'well\n');
  });

  it('counts from the command on, and not from when vrrp comes to it', async () => {
    const vrrp = statusOf(master)?.processes.vrrp ?? 0;
    process.kill(vrrp, 'SIGSTOP');
    try {
      await askDirector(join(master.directory, 'control.sock'), 'POST', '/v1/handover', {});
      const routers = (await askStatus(master))?.routers;
      assert.deepEqual(
        routers?.map(({ state, aside }) => [state, aside]),
        [
          ['master', true],
          ['master', true],
        ],
      );
    } finally {
      process.kill(vrrp, 'SIGCONT');
    }
    await until('the peer rules', () => holders() === 'lb1', 10_000);
    assert.equal(regent(master, 'resume').code, 0);
    await until('the higher priority rules again', () => holders() === 'lb0');
  });

  it('without a successor is called off, and the addresses stay', async () => {
    peer.kill('SIGTERM');
    await ended(peer);
    const gone: string[] = [];
    let running = true;
    const watching = (async () => {
      while (running) {
        if (holders() !== 'lb0') gone.push(addressesOf(master).join(' '));
        await sleep(20);
      }
    })();
    const { code, out } = await operate(master, 'handover');
    await sleep(1000);
    running = false;
    await watching;
    assert.equal(code, 1, out);
    assert.match(out, /no successor advertised/);
    assert.ok(gone.length <= 1, gone.join(' | '));
    assert.deepEqual(
      statusOf(master)?.routers.map(({ state, aside }) => [state, aside]),
      [
        ['master', undefined],
        ['master', undefined],
      ],
    );
  });

  it('of what is not there names what is', () => {
    const { code, out } = regent(master, 'handover', 'gatewy');
    assert.deepEqual([code, out], [1, 'There is no router gatewy (did you mean "gateway"?)\n']);
  });
});
