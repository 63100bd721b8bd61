// When the vrrp process of a master dies, its controller removes the addresses and says farewell in its name, in this order and soon.

import assert from 'node:assert/strict';
import { openLookout } from '../netns/controller/lookout.ts';
import { addressesOf, askStatus, configure, router, startConfigured } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { closeHosts, type Host, openHosts, pidOf } from '../netns/vrrp/hosts.ts';
import { extent } from './extent.ts';

const vip = '192.168.55.100';
// Each loss makes the pause before the next start longer.
const deaths = extent(10, 2);
/** Milliseconds. */
const limit = 100;

describe('the last will of a vrrp process', function () {
  this.timeout(60_000 + deaths * 60_000);
  const lookout = openLookout();
  let master: Host;
  let backup: Host;

  before(async () => {
    [master, backup] = openHosts();
    lookout.of('lb0', master.namespace);
    lookout.of('lb1', backup.namespace);
    lookout.at(backup.namespace);
    for (const [host, priority] of [
      [master, 150],
      [backup, 100],
    ] as const) {
      configure(host, [router('vip', 51, priority, [`${vip}/32`])]);
      startConfigured(host);
    }
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(master.log(), backup.log());
    lookout.close();
    await closeHosts();
  });

  it(`is executed within ${limit} ms, at the median of ${deaths}, and the addresses go first`, async () => {
    const took: number[] = [];
    for (let count = 0; count < deaths; count += 1) {
      const rules = (): boolean =>
        addressesOf(master).includes(`${vip}/32`) && !addressesOf(backup).includes(`${vip}/32`);
      await until('lb0 rules', rules, 60_000);
      await until('lb1 hears it', async () => (await askStatus(backup))?.routers[0]?.master?.priority === 150, 20_000);
      const death = Date.now() / 1000;
      process.kill(pidOf(master, 'vrrp'), 'SIGKILL');
      const since = () => lookout.sights().filter(({ time }) => time >= death);
      const seen = (what: string) => since().find((sight) => sight.what === what);
      await until('the farewell is heard', () => seen('lb0 farewell 51') !== undefined, 5000);
      await until('the address is gone', () => seen(`lb0 removes ${vip}`) !== undefined, 5000);
      took.push(((seen('lb0 farewell 51')?.time ?? Number.NaN) - death) * 1000);
      await until('lb1 takes over', () => seen('lb1 advertisement 51') !== undefined, 5000);
      const order = since().map(({ what }) => what);
      assert.ok(order.indexOf(`lb0 removes ${vip}`) < order.indexOf('lb1 advertisement 51'), order.join('; '));
    }
    const sorted = took.toSorted((one, other) => one - other);
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
    console.log(`      farewell after ${sorted.map((span) => span.toFixed(1)).join(', ')} ms`);
    assert.ok(median <= limit, `${median} ms at the median`);
  });
});
