// A virtual MAC above an interface that is in a VRF: its own interface is in it too, or nothing would answer. Needs a kernel with VRFs.

import assert from 'node:assert/strict';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, type Host, openHosts, startDirector } from '../../netns/vrrp/hosts.ts';

describe('a virtual MAC in a VRF', function () {
  this.timeout(120_000);
  let own: Host;
  let other: Host;
  beforeEach(() => {
    [own, other] = openHosts();
    own.namespace.run('ip', 'link', 'add', 'blue', 'type', 'vrf', 'table', '10');
    own.namespace.run('ip', 'link', 'set', 'blue', 'up');
  });
  afterEach(() => closeHosts());

  const vrfOf = (name: string): string | undefined =>
    / master (\S+)/.exec(own.namespace.run('ip', '-oneline', 'link', 'show', name))?.[1];
  const hasLink = (): boolean => own.namespace.run('ip', '-oneline', 'link', 'show').includes(' vrrp4-51@');
  const answers = (): boolean => {
    try {
      other.namespace.run('ping', '-c', '1', '-W', '1', '192.168.55.100');
      return true;
    } catch {
      return false;
    }
  };

  it('is in that VRF, answers there, and follows its parent out of it and back', async () => {
    own.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'blue');
    startDirector(own, 150, { advertisement_interval: '200ms', virtual_mac: true });
    await until('the address is answered for', answers, 60_000);
    assert.equal(vrfOf('vrrp4-51'), 'blue');
    own.namespace.run('ip', 'link', 'set', 'enp0s9', 'nomaster');
    await until('it has left the VRF', () => hasLink() && vrfOf('vrrp4-51') === undefined);
    await until('the address is answered for outside', answers);
    own.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'blue');
    await until('it is in the VRF again', () => hasLink() && vrfOf('vrrp4-51') === 'blue');
    await until('the address is answered for in it', answers);
  });
});
