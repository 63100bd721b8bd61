// An address owner that has nothing but the virtual address to send from: its peer's kernel drops what it says, and regent says so.

import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, startDirector } from './hosts.ts';
import { mastersSince, type Watch, watchMasters } from './masters.ts';

const address = '192.168.55.100/24';

describe('an owner whose only address is the virtual one', function () {
  this.timeout(60_000);
  let owner: Host;
  let peer: Host;
  let watch: Watch;
  beforeEach(async () => {
    [owner, peer] = openHosts();
    watch = await watchMasters(owner.namespace, 'enp0s9');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(`${owner.log()}\n${peer.log()}`);
    await watch.stop();
    await closeHosts();
  });
  const masters = (): string => {
    const since = Date.now() - 500;
    return mastersSince(watch.sightings(), since).sort().join(' ');
  };

  it('warns that a peer which holds the address does not hear it, and of what helps', async () => {
    const keys = { addresses: [address], advertisement_interval: '100ms', lease: 'off' };
    startDirector(peer, 100, keys);
    await until('the peer rules', () => masters() === '192.168.55.12');
    owner.namespace.run('ip', 'address', 'flush', 'dev', 'enp0s9');
    owner.namespace.run('ip', 'address', 'add', address, 'dev', 'enp0s9');
    startDirector(owner, 255, keys);
    await until('both rule', () => masters() === '192.168.55.100 192.168.55.12');
    await logs(owner, /sends from 192\.168\.55\.100, which is virtual.*net\.ipv4\.conf\.enp0s9\.accept_local=1/);
    peer.namespace.run('sysctl', '-qw', 'net.ipv4.conf.enp0s9.accept_local=1');
    await until('the owner alone rules', () => masters() === '192.168.55.100');
    await logs(peer, /master -> backup: 192\.168\.55\.100 \(priority 255\) preempts/);
  });
});
