// Accept mode off, as the ruleset that nft reads.

import assert from 'node:assert/strict';
import { acceptRuleset } from '../../../../kernel/nftables/accept-rules.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';

const rulesOf = (...addresses: IpAddress[]): string[] =>
  acceptRuleset(addresses)
    .split('\n')
    .filter((line) => line.includes('daddr'))
    .map((line) => line.trim());

describe('accept mode off', () => {
  it('drops what comes to the addresses', () =>
    assert.deepEqual(rulesOf(ip('192.0.2.1'), ip('192.0.2.2')), ['ip daddr { 192.0.2.1, 192.0.2.2 } drop']));
  it('RFC 9568 6.4.3: lets neighbour discovery pass first', () =>
    assert.deepEqual(rulesOf(ip('2001:db8::1')), [
      'ip6 daddr { 2001:db8::1 } icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
      'ip6 daddr { 2001:db8::1 } drop',
    ]));
  it('makes the table anew as a whole, and none without an address', () => {
    assert.match(
      acceptRuleset([ip('192.0.2.1')]),
      /^table inet regent-accept\ndelete table inet regent-accept\ntable inet regent-accept \{\n/,
    );
    assert.equal(acceptRuleset([]), '');
  });
});
