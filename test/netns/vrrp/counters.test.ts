// RFC 6527's statistics on living directors: farewells sent and heard, transitions, and each reason to become master.

import assert from 'node:assert/strict';
import { until } from '../namespaces.ts';
import { type Status, statusWhen, tellDirector } from './director-status.ts';
import { closeHosts, type Host, openHosts, startRouters } from './hosts.ts';

const router = (name: string, id: number, priority: number, address: string) => ({
  name,
  interface: 'enp0s9',
  virtual_router_id: id,
  priority,
  advertisement_interval: '200ms',
  addresses: [address],
});

describe('the statistics of living directors', function () {
  this.timeout(60_000);
  let left: Host;
  let right: Host;
  before(() => {
    [left, right] = openHosts();
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(`${left.log()}\n${right.log()}`);
    await closeHosts();
  });

  const named = (status: Status, name: string) => status.routers.find((one) => one.name === name);
  /** The state, what became of it, and why; then farewells sent and heard. */
  const read = async (host: Host, name: string, state: string): Promise<unknown[]> => {
    const one = named(await statusWhen(host, (status) => named(status, name)?.state === state, 20_000), name);
    return [one?.state, one?.transitionsToMaster, one?.newMasterReason, one?.farewellsSent, one?.farewellsReceived];
  };

  it('count what happens, and tell why', async () => {
    startRouters(left, [router('vip', 51, 150, '192.168.55.100/32'), router('own', 52, 255, '192.168.55.11/24')]);
    await until('it runs', () => left.log().includes('runs 2 virtual routers'));
    assert.deepEqual(await read(left, 'own', 'master'), ['master', 1, 'priority', 0, 0]);
    assert.deepEqual(await read(left, 'vip', 'master'), ['master', 1, 'master-no-response', 0, 0]);
    startRouters(right, [router('vip', 51, 100, '192.168.55.100/32')]);
    await until('it listens', () => right.log().includes('the master is 192.168.55.11'));
    assert.deepEqual(await read(right, 'vip', 'backup'), ['backup', 0, 'not-master', 0, 0]);

    await tellDirector(left, '/v1/handover', { router: 'vip' });
    assert.deepEqual(await read(right, 'vip', 'master'), ['master', 1, 'master-no-response', 0, 1]);
    assert.deepEqual(await read(left, 'vip', 'initialize'), ['initialize', 1, 'master-no-response', 1, 0]);

    await tellDirector(left, '/v1/resume', { router: 'vip' });
    assert.deepEqual(await read(left, 'vip', 'master'), ['master', 2, 'preempted', 1, 0]);
    assert.deepEqual(await read(right, 'vip', 'backup'), ['backup', 1, 'master-no-response', 0, 1]);
  });
});
