// Virtual addresses as they are written: a text or a mapping, advertised or excluded, and what is wrong with one.

import assert from 'node:assert/strict';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { heldAddresses } from '../../../../config/model/virtual-addresses.ts';
import { parseConfig } from '../../../../config/source/load.ts';

const parse = (...routers: readonly string[]) =>
  parseConfig(
    `director: d\nvrrp:\n  routers:\n${routers
      .map((keys, index) => `    - { name: r${index}, interface: eth0, virtual_router_id: ${index + 1}, ${keys} }\n`)
      .join('')}`,
    'f',
  );

const routerOf = (keys: string): RouterConfig => {
  const result = parse(keys);
  const router = result.ok ? result.config.vrrp.routers[0] : undefined;
  assert.ok(router !== undefined, result.ok ? '' : JSON.stringify(result.problems));
  return router;
};

const problemsOf = (...routers: readonly string[]): string[] => {
  const result = parse(...routers);
  return result.ok
    ? []
    : result.problems.map(({ message, suggestion }) => `${message}${suggestion ? ` [${suggestion}]` : ''}`);
};

describe('the addresses of a router', () => {
  it('are texts or mappings, and what is excluded may be of the other family', () =>
    assert.deepEqual(
      heldAddresses(
        routerOf(
          'addresses: [10.0.0.1, { address: 10.0.0.2/24, interface: eth1, scope: link, label: x, broadcast: 10.0.0.255 }], excluded: ["fd00::1/64", { address: "fd00::2", preferred: true }]',
        ),
      ),
      [
        { address: '10.0.0.1', prefixLength: 32, interface: 'eth0' },
        {
          address: '10.0.0.2',
          prefixLength: 24,
          interface: 'eth1',
          scope: 'link',
          label: 'x',
          broadcast: '10.0.0.255',
        },
        { address: 'fd00::1', prefixLength: 64, interface: 'eth0' },
        { address: 'fd00::2', prefixLength: 128, interface: 'eth0', preferred: true },
      ],
    ));

  it('may repeat on another link where they are link-local', () =>
    assert.deepEqual(problemsOf('addresses: ["fe80::1"]', 'addresses: [{ address: "fe80::1", interface: eth1 }]'), []));

  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['a number', ['addresses: [10]'], ['expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not 10']],
    ['a misspelt key', ['addresses: [{ adress: 10.0.0.1 }]'], ['unknown key "adress" [address]']],
    ['no address', ['addresses: [{ label: x }]'], ['missing key "address"']],
    [
      'a misspelt scope',
      ['addresses: [{ address: 10.0.0.1, scope: lnik }]'],
      ['expected one of global, site, link, host, not "lnik" [link]'],
    ],
    [
      'a label too long',
      ['addresses: [{ address: 10.0.0.1, label: "abcdefghijklmnop" }]'],
      ['expected a label of at most 15 characters, not "abcdefghijklmnop"'],
    ],
    [
      'IPv4 keys on IPv6',
      ['addresses: [{ address: "fe80::1", label: x, broadcast: 10.0.0.255, scope: link }]'],
      ['an IPv6 address has no "scope"', 'an IPv6 address has no "label"', 'an IPv6 address has no "broadcast"'],
    ],
    [
      'an IPv6 key on IPv4',
      ['addresses: [{ address: 10.0.0.1, preferred: true }]'],
      ['an IPv4 address has no "preferred"'],
    ],
    [
      'a broadcast address of IPv6',
      ['addresses: [{ address: 10.0.0.1, broadcast: "fd00::1" }]'],
      ['a broadcast address is of IPv4'],
    ],
    [
      'one that is excluded elsewhere',
      ['addresses: [10.0.0.1]', 'addresses: [10.0.0.2], excluded: [10.0.0.1]'],
      ['address 10.0.0.1 is given twice: see f:4:70'],
    ],
    [
      'one that only one router shares',
      ['addresses: [10.0.0.1], shares_addresses: true', 'addresses: [10.0.0.1]'],
      ['address 10.0.0.1 is given twice: see f:4:70'],
    ],
    [
      'one that both routers share',
      ['addresses: [10.0.0.1], shares_addresses: true', 'addresses: [10.0.0.1], shares_addresses: true'],
      [],
    ],
    [
      'addresses released by a router that keeps none',
      ['addresses: [10.0.0.1], releases_addresses: true'],
      ['it is for priority 255: other routers always release their addresses'],
    ],
    [
      'one link-local address twice on a link',
      ['addresses: ["fe80::1"]', 'addresses: ["fe80::2"], excluded: ["fe80::1"]'],
      ['address fe80::1 is given twice: see f:4:70'],
    ],
  ];
  for (const [name, routers, expected] of rows)
    it(`are refused: ${name}`, () => assert.deepEqual(problemsOf(...routers).toSorted(), [...expected].toSorted()));
});
