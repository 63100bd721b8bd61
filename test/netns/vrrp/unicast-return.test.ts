// A router of a unicast pair whose link returns hears its peer in time, so that it preempts after its delay and not before.

import assert from 'node:assert/strict';
import { createNamespace, type Namespace, until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, sleep, startDirector } from './hosts.ts';

describe('a unicast router whose link returns', () => {
  let own: Host;
  let peer: Host;
  let bridge: Namespace;
  beforeEach(() => {
    [own, peer] = openHosts();
    bridge = createNamespace('sw');
    bridge.run('ip', 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    bridge.run('ip', 'link', 'set', 'br0', 'up');
    for (const [host, port, address] of [
      [own, 'p0', '192.168.55.11/24'],
      [peer, 'p1', '192.168.55.12/24'],
    ] as const) {
      // The other end of the cable between the hosts goes with the first.
      const { namespace } = host;
      if (host === own) namespace.run('ip', 'link', 'del', 'enp0s9');
      // The kernel tells a bridge of the carrier of a port up to a second late, unless the ends' numbers differ: until then it
      // forwards nothing.
      const far = ['peer', 'name', 'enp0s9', 'netns', namespace.name];
      bridge.run('ip', 'link', 'add', port, 'index', `10${port.slice(1)}`, 'type', 'veth', ...far);
      bridge.run('ip', 'link', 'set', port, 'master', 'br0', 'up');
      namespace.run('ip', 'address', 'add', address, 'dev', 'enp0s9');
      namespace.run('ip', 'link', 'set', 'enp0s9', 'up');
    }
  });
  afterEach(async () => {
    await closeHosts();
    bridge.remove();
  });

  it('hears the master at once, waits for its delay, and there are never two', async () => {
    const keys = (address: string): object => ({
      advertisement_interval: '100ms',
      preempt_delay: '4s',
      peers: [address],
    });
    startDirector(own, 200, keys('192.168.55.12') as Record<string, unknown>);
    await until('the higher one is master', own.holds);
    startDirector(peer, 100, keys('192.168.55.11') as Record<string, unknown>);
    await logs(peer, /the master is 192\.168\.55\.11/);
    for (const pause of [3100, 4300, 5700]) {
      bridge.run('ip', 'link', 'set', 'p0', 'down');
      await until('the peer is master', peer.holds);
      await sleep(pause);
      bridge.run('ip', 'link', 'set', 'p0', 'up');
      const returned = performance.now();
      while (performance.now() < returned + 3500) {
        assert.equal(own.holds(), false, `after ${Math.round(performance.now() - returned)} ms`);
        await sleep(10);
      }
      await until('it is master again', () => own.holds() && !peer.holds());
      assert.doesNotMatch(own.log() + peer.log(), /split brain/);
    }
    assert.doesNotMatch(own.log() + peer.log(), /error/);
  });
});
