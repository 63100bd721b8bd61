// The virtual MAC in the configuration: which it is, what has it, and what it cannot go with.

import assert from 'node:assert/strict';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { heldAddresses } from '../../../../config/model/virtual-addresses.ts';
import { virtualMacOf } from '../../../../config/model/virtual-mac.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { interfaceSysctls } from '../../../../controller/sysctls.ts';
import { sysctlsOf } from '../../../../vrrp/holdings/virtual-macs.ts';

const parse = (...routers: readonly string[]) =>
  parseConfig(
    `director: d\nvrrp:\n  routers:\n${routers.map((keys, index) => `    - { name: r${index}, ${keys} }\n`).join('')}`,
    'f',
  );
const configOf = (...routers: readonly string[]) => {
  const result = parse(...routers);
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
};
const routerOf = (keys: string): RouterConfig => {
  const [router] = configOf(keys).vrrp.routers;
  assert.ok(router !== undefined);
  return router;
};
const problemsOf = (...routers: readonly string[]): string[] => {
  const result = parse(...routers);
  return result.ok ? [] : result.problems.map(({ message }) => message.replace(/: see f:\d+:\d+$/, ''));
};
const four = 'interface: eth0, virtual_router_id: 51, addresses: [10.0.0.1]';
const six = 'interface: eth0, virtual_router_id: 51, addresses: ["fe80::1"]';

describe('a virtual MAC', () => {
  it('RFC 9568 7.3: tells family and id', () => {
    assert.equal(virtualMacOf(routerOf(`${four}, virtual_mac: true`)), '00:00:5e:00:01:33');
    assert.equal(virtualMacOf(routerOf(`${six}, virtual_mac: true`)), '00:00:5e:00:02:33');
  });
  it('is on an interface of its own, with the addresses', () => {
    const plain = routerOf(`${four}, virtual_mac: true, excluded: [{ address: 10.1.0.1, interface: eth1 }]`);
    assert.deepEqual(plain.virtualMac, { interface: 'vrrp4-51' });
    assert.deepEqual(
      heldAddresses(plain).map((held) => held.interface),
      ['vrrp4-51', 'eth1'],
    );
    assert.deepEqual(routerOf(`${six}, virtual_mac: { interface: v }`).virtualMac, { interface: 'v' });
    assert.equal(routerOf(`${four}, virtual_mac: false`).virtualMac, undefined);
  });
  it('has settings on its interface, and more where an address is of IPv6', () => {
    const keys = (router: string) => sysctlsOf(routerOf(router)).map(({ name, value }) => `${name} ${value}`);
    assert.deepEqual(keys(`${four}, virtual_mac: true`), [
      'net/ipv4/conf/vrrp4-51/arp_ignore 1',
      'net/ipv4/conf/vrrp4-51/rp_filter 2',
      'net/ipv6/conf/vrrp4-51/disable_ipv6 1',
    ]);
    assert.deepEqual(keys(`${six}, virtual_mac: true`).slice(2), [
      'net/ipv6/conf/vrrp6-51/addr_gen_mode 1',
      'net/ipv6/conf/vrrp6-51/accept_ra 0',
    ]);
  });
  it('has settings on the interface below, also without services', () => {
    assert.deepEqual(
      interfaceSysctls(configOf(`${four}, virtual_mac: true`)).map(({ name, value }) => `${name} ${value}`),
      ['net/ipv4/conf/eth0/arp_ignore 1', 'net/ipv4/conf/eth0/arp_announce 2'],
    );
    assert.deepEqual(interfaceSysctls(configOf(four)), []);
  });

  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['a word', [`${four}, virtual_mac: own`], ['expected true or false, not "own"']],
    ['a mapping without a name', [`${four}, virtual_mac: {}`], ['missing key "interface"']],
    [
      'one name twice',
      [
        `${four}, virtual_mac: true`,
        'interface: eth1, virtual_router_id: 51, addresses: [10.1.0.1], virtual_mac: true',
      ],
      ['two virtual MACs on an interface vrrp4-51: give one of them { interface: NAME }'],
    ],
    [
      'the name of a real interface',
      [`${four}, virtual_mac: { interface: eth0 }`],
      ['eth0 is the interface of a router: give the virtual MAC another name'],
    ],
    [
      'an owner',
      [`${four}, virtual_mac: true, priority: 255`],
      ['a router of priority 255 holds its addresses on its own interface, without a virtual MAC'],
    ],
  ];
  for (const [name, routers, expected] of rows)
    it(`is refused: ${name}`, () => assert.deepEqual(problemsOf(...routers), expected));
});
