// Two directors whose services differ say what a failover would change, until a reload has made them alike.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, virtualAddress } from '../vrrp/hosts.ts';
import { askStatus, configure, regent, router, startConfigured } from './operated-director.ts';

describe('directors of a pair', () => {
  let hosts: [Host, Host];
  const own = ['192.168.55.11', '192.168.55.12'];

  const configured = (host: Host, index: number, weight: number): void => {
    const keyFile = join(host.directory, 'peers.key');
    writeFileSync(keyFile, '0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
    configure(host, [router('vip', 51, 150 - index, [virtualAddress])], {
      virtual_services: [
        {
          name: 'web',
          address: '192.168.55.100:80',
          protocol: 'tcp',
          scheduler: 'wrr',
          forwarding: 'masq',
          check: { type: 'tcp', source_address: own[index] },
          real_servers: [{ name: 'rs0', address: '192.168.55.111:80', weight }],
        },
      ],
      peers: { listen: `${own[index]}:8550`, key_file: keyFile, directors: [`${own[1 - index]}:8550`] },
    });
  };
  const warningsOf = async (host: Host): Promise<readonly string[]> =>
    ((await askStatus(host))?.warnings ?? []).filter((text) => text.startsWith('a failover would change this'));

  before(() => {
    hosts = openHosts();
    for (const [index, host] of hosts.entries()) {
      configured(host, index, index === 0 ? 100 : 50);
      startConfigured(host);
    }
  });
  after(() => closeHosts());

  it('name what differs, each from its own side', async () => {
    const [lb0, lb1] = hosts;
    await until(
      'both say it',
      async () => (await warningsOf(lb0)).length === 1 && (await warningsOf(lb1)).length === 1,
    );
    assert.deepEqual(await warningsOf(lb0), [
      'a failover would change this: real server rs0 of web has weight 100 here, 50 on lb1',
    ]);
    assert.deepEqual(await warningsOf(lb1), [
      'a failover would change this: real server rs0 of web has weight 50 here, 100 on lb0',
    ]);
    assert.match(regent(lb0, 'status').out, /weight 100 here, 50 on lb1/);
  });

  it('say nothing once they are alike', async () => {
    const [lb0, lb1] = hosts;
    configured(lb1, 1, 100);
    assert.equal(regent(lb1, 'reload').code, 0);
    await until('neither says it', async () => (await warningsOf(lb0)).length + (await warningsOf(lb1)).length === 0);
    assert.deepEqual((await askStatus(lb0))?.peers[0]?.differences, []);
  });
});
