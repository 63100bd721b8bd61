// Prefixes, and endpoints.

import assert from 'node:assert/strict';
import { contains, formatCidr, isHost, networkOf, parseCidr } from '../../../net/cidr.ts';
import { formatEndpoint, parseEndpoint } from '../../../net/endpoint.ts';
import { ip } from '../../../net/ip-address.ts';

describe('a prefix', () => {
  for (const [text, written, network] of [
    ['192.168.55.100/24', '192.168.55.100/24', '192.168.55.0'],
    ['192.168.55.100', '192.168.55.100/32', '192.168.55.100'],
    ['10.9.8.7/13', '10.9.8.7/13', '10.8.0.0'],
    ['10.9.8.7/0', '10.9.8.7/0', '0.0.0.0'],
    ['2001:DB8:0:ffff::1/49', '2001:db8:0:ffff::1/49', '2001:db8:0:8000::'],
    ['FD00::1', 'fd00::1/128', 'fd00::1'],
  ] as const)
    it(`${text} is ${written}, of the network ${network}`, () => {
      const cidr = parseCidr(text);
      assert.equal(cidr && formatCidr(cidr), written);
      assert.equal(cidr && networkOf(cidr), network);
    });
  for (const text of [
    '10.0.0.1/33',
    'fd00::1/129',
    '10.0.0.1/',
    '10.0.0.1/08',
    '/24',
    '10.0.0.1/24/24',
    'fe80::1%lo/64',
  ])
    it(`is not ${text}`, () => assert.equal(parseCidr(text), undefined));

  it('holds one address with its full length', () => {
    assert.ok(
      isHost({ address: ip('10.0.0.1'), prefixLength: 32 }) && isHost({ address: ip('::1'), prefixLength: 128 }),
    );
    assert.ok(!isHost({ address: ip('::1'), prefixLength: 32 }));
  });

  it('contains addresses of its own family alone', () => {
    const all = { address: ip('0.0.0.0'), prefixLength: 0 };
    assert.ok(contains(all, ip('10.0.0.1')));
    assert.ok(!contains(all, ip('fd00::1')));
  });
});

describe('an endpoint', () => {
  for (const [text, written] of [
    ['192.0.2.1:80', '192.0.2.1:80'],
    ['192.0.2.1', '192.0.2.1'],
    ['[2001:DB8:0::100]:80', '[2001:db8::100]:80'],
    ['[fd00::1]', 'fd00::1'],
    ['FD00:0::1', 'fd00::1'],
  ] as const)
    it(`${text} is ${written}`, () => {
      const endpoint = parseEndpoint(text);
      assert.equal(endpoint && formatEndpoint(endpoint), written);
    });
  for (const text of [
    '[192.0.2.1]:80',
    '192.0.2.1:0',
    '192.0.2.1:080',
    '192.0.2.1:65536',
    'lb0:80',
    ':80',
    '[fe80::1%lo]:80',
    '',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseEndpoint(text), undefined));
});
