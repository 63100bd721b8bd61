// A kernel without IPVS: VRRP goes on, the virtual services are in fault, and the status says so in the words of doctor.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { prepareFault } from '../faults.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, sleep } from '../vrrp/hosts.ts';
import { askStatus, configPath, configure, program, regent, router } from './operated-director.ts';

const service = {
  name: 'web',
  address: '192.168.55.100:80',
  forwarding: 'direct',
  check: { type: 'tcp', interval: '200ms', timeout: '100ms' },
  real_servers: [{ name: 'rs0', address: '192.168.55.12:80' }],
};

describe('a kernel without IPVS', () => {
  let host: Host;
  before(async () => {
    [host] = openHosts();
    // Where this kernel has IPVS, it seems not to.
    const fault = prepareFault(host.directory, { family: 'IPVS' });
    fault.begin();
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])], {
      virtual_services: [service],
      connection_sync: { interface: 'enp0s9', sync_id: 1 },
    });
    host.start(...(fault.prefix as [string]), process.execPath, program, 'run', '-c', configPath(host));
    await until('it is master', host.holds);
  });
  after(() => closeHosts());

  it('keeps no address from its master, which goes on', async () => {
    const { pid } = (await askStatus(host))?.programs.find(({ name }) => name === 'vrrp') ?? {};
    await sleep(3000);
    assert.equal(host.holds(), true);
    assert.doesNotMatch(host.log(), /lost:|defect/);
    assert.equal((await askStatus(host))?.programs.find(({ name }) => name === 'vrrp')?.pid, pid);
  });

  it('is said once, not at each of the tries', async () => {
    await logs(host, /has no IPVS: virtual services cannot be scheduled/);
    await sleep(1500);
    assert.equal(host.log().match(/has no IPVS/g)?.length, 1);
  });

  it('is in the status, the health, the metrics and the reason of each server', async () => {
    const status = await askStatus(host);
    const words =
      /no virtual service is in the kernel: this host has no IPVS|no virtual service is in the kernel: the IPVS table/;
    assert.match(status?.warnings.join('\n') ?? '', words);
    assert.match(status?.services[0]?.fault ?? '', /IPVS/);
    const health = regent(host, 'health');
    assert.equal(health.code, 1);
    assert.match(health.out, words);
    assert.match(regent(host, 'status').out, /service web .*not in the kernel/);
    assert.match(regent(host, 'why', 'server', 'rs0').out, /nothing is scheduled/);
    const metrics = execFileSync('curl', ['-s', '--unix-socket', `${host.directory}/control.sock`, 'http://r/metrics']);
    assert.match(String(metrics), /^regent_ipvs_up\{[^}]*\} 0$/m);
  });

  it('allows other reloads, and an end without a word of IPVS', async () => {
    configure(host, [router('vip', 51, 120, ['192.168.55.100/32'])], { virtual_services: [service] });
    assert.equal(regent(host, 'reload').code, 0);
    await until('it counts', async () => (await askStatus(host))?.routers[0]?.basePriority === 120);
    configure(host, [router('vip', 51, 120, ['192.168.55.100/32'])]);
    assert.equal(regent(host, 'reload').code, 0);
    assert.deepEqual((await askStatus(host))?.warnings, []);
  });
});
