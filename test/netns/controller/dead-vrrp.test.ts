// A vrrp process that dies again and again: while there is none, the status has no routers, since none of them runs.

import assert from 'node:assert/strict';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, pidOf, signal } from '../vrrp/hosts.ts';
import { askStatus, configPath, configure, program, router } from './operated-director.ts';

describe('the status of a director whose vrrp dies', () => {
  let host: Host;
  before(() => {
    [host] = openHosts();
  });
  after(() => closeHosts());

  it('has no routers until there is one again', async function () {
    this.timeout(60_000);
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])]);
    host.start(process.execPath, program, 'run', '-c', configPath(host));
    await until('it is master', host.holds);
    // Each loss makes the pause before the next start longer.
    for (let loss = 0; loss < 5; loss += 1) {
      let pid = Number.NaN;
      await until('a vrrp runs', async () => {
        pid = pidOf(host, 'vrrp');
        return !Number.isNaN(pid) && ((await askStatus(host))?.routers.length ?? 0) > 0;
      });
      signal(pid, 'SIGKILL');
    }
    await until('the status has no routers', async () => (await askStatus(host))?.routers.length === 0);
    assert.equal(host.holds(), false);
    await until('it is master again', host.holds, 20_000);
    await until('the status has its router', async () => (await askStatus(host))?.routers[0]?.state === 'master');
  });
});
