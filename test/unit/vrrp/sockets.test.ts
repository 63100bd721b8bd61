// From which address a router sends.

import assert from 'node:assert/strict';
import type { RouterConfig } from '../../../config/model/model.ts';
import { ip } from '../../../net/ip-address.ts';
import { sourceOf } from '../../../vrrp/advertisement-source.ts';

const entries = [
  { interface: 'eth1', address: ip('10.1.0.1'), prefixLength: 24, lifetime: 'forever' as const },
  { interface: 'eth0', address: ip('10.0.0.100'), prefixLength: 32, lifetime: 2 },
  { interface: 'eth0', address: ip('10.0.0.1'), prefixLength: 24, lifetime: 'forever' as const },
  { interface: 'eth0', address: ip('10.0.0.2'), prefixLength: 24, lifetime: 'forever' as const },
  { interface: 'eth0', address: ip('fd00::1'), prefixLength: 64, lifetime: 'forever' as const },
  { interface: 'eth0', address: ip('fe80::100'), prefixLength: 64, lifetime: 2 },
  { interface: 'eth0', address: ip('fe80::1'), prefixLength: 64, lifetime: 'forever' as const },
];
const virtual = new Set([ip('10.0.0.100'), ip('fe80::100')]);
const router = (change: Partial<RouterConfig>): RouterConfig =>
  ({ interface: 'eth0', family: 'ipv4', peers: [], ...change }) as unknown as RouterConfig;

describe('a router sends from', () => {
  const rows: readonly (readonly [string, Partial<RouterConfig>, string | undefined])[] = [
    ['the primary address of its interface, never a virtual one', {}, ip('10.0.0.1')],
    ['a link-local address over IPv6 (RFC 9568 5.1.2.1)', { family: 'ipv6' }, ip('fe80::1')],
    ['a link-local address to peers on the link', { family: 'ipv6', peers: [ip('fe80::2')] }, ip('fe80::1')],
    ['another address to a peer elsewhere', { family: 'ipv6', peers: [ip('fd00::2')] }, ip('fd00::1')],
    ['the configured address', { source: ip('10.0.0.2') }, ip('10.0.0.2')],
    ['nowhere while the configured address is missing', { source: ip('10.0.0.9') }, undefined],
    ['nowhere while its interface has no address of the family', { interface: 'eth1', family: 'ipv6' }, undefined],
  ];
  for (const [name, change, expected] of rows)
    it(name, () => assert.equal(sourceOf(router(change), virtual, entries), expected));

  it('a virtual address that is the only one, as an owner’s', () =>
    assert.equal(sourceOf(router({}), virtual, entries.slice(1, 2)), ip('10.0.0.100')));
});
