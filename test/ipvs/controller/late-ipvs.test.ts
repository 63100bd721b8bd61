// A director that was started before IPVS was there takes it up without a restart.

import assert from 'node:assert/strict';
import { openIpvs } from '../../../kernel/ipvs/table.ts';
import { askStatus, configPath, configure, program, regent, router } from '../../netns/controller/operated-director.ts';
import { prepareFault } from '../../netns/faults.ts';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, logs, openHosts, pidOf } from '../../netns/vrrp/hosts.ts';
import { listing } from './in-process-table.ts';

describe('IPVS that is there later', () => {
  after(() => closeHosts());

  it('is taken up, and again after it was unloaded: table, settings and status are whole, and vrrp is the same', async () => {
    const [host] = openHosts();
    const fault = prepareFault(host.directory, { family: 'IPVS' });
    fault.begin();
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])], {
      virtual_services: [
        {
          name: 'web',
          address: '192.168.55.100:80',
          forwarding: 'direct',
          checks: [],
          real_servers: [{ name: 'rs0', address: '192.168.55.12:80' }],
        },
      ],
    });
    host.start(...(fault.prefix as [string]), process.execPath, program, 'run', '-c', configPath(host));
    await until('it is master', host.holds);
    await logs(host, /the IPVS table cannot be opened/);
    const vrrp = pidOf(host, 'vrrp');
    assert.deepEqual(listing(host.namespace), []);
    // Settings of IPVS come with its module.
    host.namespace.run('sysctl', '-qw', 'net.ipv4.vs.expire_nodest_conn=0');
    fault.end();
    await until('the table is written', () => listing(host.namespace).length === 2, 40_000);
    await until('the status is well', async () => (await askStatus(host))?.warnings.length === 0);
    assert.equal(regent(host, 'health').code, 0);
    assert.equal(host.namespace.run('sysctl', '-n', 'net.ipv4.vs.expire_nodest_conn').trim(), '1');
    assert.equal(pidOf(host, 'vrrp'), vrrp);
    await logs(host, /IPVS is there now/);

    // Unloaded and loaded again, it is empty and has the kernel's settings.
    fault.begin();
    await logs(host, /ip_vs was unloaded/);
    await until('the status says it', async () => /ip_vs was unloaded/.test(JSON.stringify(await askStatus(host))));
    assert.equal(regent(host, 'health').code, 1);
    host.namespace.enter(() => {
      const ipvs = openIpvs();
      const services = ipvs.services().map((entry) => ({ type: 'remove', entry }) as const);
      ipvs.apply(services, []);
      ipvs.family.close();
    });
    host.namespace.run('sysctl', '-qw', 'net.ipv4.vs.expire_nodest_conn=0');
    fault.end();
    await until('the table is written again', () => listing(host.namespace).length === 2, 40_000);
    await until('the status is well again', async () => (await askStatus(host))?.warnings.length === 0);
    assert.equal(host.namespace.run('sysctl', '-n', 'net.ipv4.vs.expire_nodest_conn').trim(), '1');
    assert.equal(pidOf(host, 'vrrp'), vrrp);
  });
});
