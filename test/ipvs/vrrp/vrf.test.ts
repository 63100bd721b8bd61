// A virtual MAC above an interface that is in a VRF: its own interface is in it too, or nothing would answer. Needs a kernel with VRFs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Finding } from '../../../doctor/finding.ts';
import { configPath, program } from '../../netns/controller/operated-director.ts';
import { connect, until } from '../../netns/namespaces.ts';
import { askStatus } from '../../netns/vrrp/director-status.ts';
import { closeHosts, configureDirector, type Host, openHosts, startDirector } from '../../netns/vrrp/hosts.ts';

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
    await until('the log tells it', () => own.log().includes('vrrp4-51 follows enp0s9 into VRF blue'));
  });

  for (const [how, isEarly] of [
    ['that is put into it before it is up', true],
    ['that is put into it while it runs', false],
  ] as const)
    it(`is made anew with its parent, ${how}`, async () => {
      const arp = (key: string): string => own.namespace.run('cat', `/proc/sys/net/ipv4/conf/enp0s9/${key}`).trim();
      own.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'blue');
      startDirector(own, 150, { advertisement_interval: '200ms', virtual_mac: true });
      await until('the address is answered for', answers, 60_000);
      for (let round = 0; round < 2; round += 1) {
        own.namespace.run('ip', 'link', 'delete', 'enp0s9');
        await until('it is gone with its parent', () => !hasLink());
        connect(
          { namespace: own.namespace, interface: isEarly ? 'early' : 'enp0s9', addresses: ['192.168.55.11/24'] },
          { namespace: other.namespace, interface: 'enp0s9', addresses: ['192.168.55.12/24'] },
        );
        if (isEarly) {
          own.namespace.run('ip', 'link', 'set', 'early', 'down');
          own.namespace.run('ip', 'link', 'set', 'early', 'master', 'blue', 'name', 'enp0s9');
          own.namespace.run('ip', 'link', 'set', 'enp0s9', 'up');
        } else {
          await until('it is made outside', () => hasLink() && vrfOf('vrrp4-51') === undefined);
          own.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'blue');
        }
        await until('it is in the VRF', () => hasLink() && vrfOf('vrrp4-51') === 'blue');
        await until('the address is answered for in it', answers, 60_000);
        assert.deepEqual([arp('arp_ignore'), arp('arp_announce')], ['1', '2']);
        const neighbours = other.namespace.run('ip', 'neigh', 'show', '192.168.55.100');
        assert.match(neighbours, /lladdr 00:00:5e:00:01:33/);
      }
    });

  it('is found by the doctor where it is outside, and its command moves it', async () => {
    own.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'blue');
    const mac = '00:00:5e:00:01:33';
    own.namespace.run(
      'ip',
      'link',
      'add',
      'vrrp4-51',
      'link',
      'enp0s9',
      'address',
      mac,
      'type',
      'macvlan',
      'mode',
      'private',
    );
    const virtual = {
      name: 'vip',
      interface: 'enp0s9',
      virtual_router_id: 51,
      addresses: ['192.168.55.100'],
      virtual_mac: true,
    };
    configureDirector(own, [virtual]);
    const examine = (): readonly Finding[] => {
      const { stdout } = spawnSync(
        'ip',
        [
          'netns',
          'exec',
          own.namespace.name,
          process.execPath,
          program,
          'doctor',
          '-c',
          configPath(own),
          '--json',
          '--listen',
          '200ms',
        ],
        { encoding: 'utf8' },
      );
      return (JSON.parse(stdout) as { findings: Finding[] }).findings.filter(
        ({ code }) => code === 'virtual-mac-outside',
      );
    };
    const [found, ...others] = examine();
    assert.deepEqual(others, []);
    assert.match(found?.message ?? '', /is in no VRF, and its parent enp0s9 in VRF blue/);
    own.namespace.run('sh', '-c', found?.mend ?? 'false');
    assert.equal(vrfOf('vrrp4-51'), 'blue');
    assert.deepEqual(examine(), []);
    own.namespace.run('ip', 'link', 'set', 'enp0s9', 'nomaster');
    assert.match(examine()[0]?.message ?? '', /is in VRF blue, and its parent enp0s9 in no VRF/);
  });

  it('is named by the log and status where it cannot be made, and made once it can', async () => {
    own.namespace.run('ip', 'link', 'add', 'vrrp4-51', 'type', 'dummy');
    startDirector(own, 150, { advertisement_interval: '200ms', virtual_mac: true });
    const missing = async () => (await askStatus(own).catch(() => undefined))?.routers[0]?.missing?.[0]?.what;
    await until(
      'status names it',
      async () => (await missing()) === 'the virtual MAC 00:00:5e:00:01:33 on vrrp4-51',
      60_000,
    );
    own.namespace.run('ip', 'link', 'set', 'enp0s9', 'master', 'blue');
    own.namespace.run('ip', 'link', 'delete', 'dev', 'vrrp4-51');
    await until('it is made in the VRF', () => hasLink() && vrfOf('vrrp4-51') === 'blue');
    await until('the address is answered for', answers);
    await until('nothing is missing', async () => (await missing()) === undefined);
  });
});
