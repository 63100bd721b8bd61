// No reset for unknown connections and no word of addresses that nobody holds, as the ruleset that nft reads.

import assert from 'node:assert/strict';
import { takeoverRuleset } from '../../../../kernel/nftables/takeover-rules.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';

const rulesOf = (...addresses: IpAddress[]): string[] =>
  takeoverRuleset(addresses)
    .split('\n')
    .filter((line) => line.endsWith('drop'))
    .map((line) => line.trim());

describe('no reset for unknown connections', () => {
  it('drops resets from the addresses of both families, errors about them, and nothing else', () =>
    assert.deepEqual(rulesOf(ip('192.0.2.1'), ip('2001:db8::1'), ip('192.0.2.2')), [
      'ip saddr { 192.0.2.1, 192.0.2.2 } tcp flags & (rst | ack) == rst drop',
      'icmp type destination-unreachable icmp code host-unreachable @th,192,32 0xc0000201 drop',
      'icmp type destination-unreachable icmp code host-unreachable @th,192,32 0xc0000202 drop',
      'icmp type time-exceeded @th,192,32 0xc0000201 drop',
      'icmp type time-exceeded @th,192,32 0xc0000202 drop',
      'ip6 saddr { 2001:db8::1 } tcp flags & (rst | ack) == rst drop',
      'icmpv6 type destination-unreachable icmpv6 code addr-unreachable @th,256,128 0x20010db8000000000000000000000001 drop',
      'icmpv6 type time-exceeded @th,256,128 0x20010db8000000000000000000000001 drop',
    ]));
  it('makes the table anew as a whole, and none without an address', () => {
    assert.match(
      takeoverRuleset([ip('192.0.2.1')]),
      /^table inet regent-takeover\ndelete table inet regent-takeover\ntable inet regent-takeover \{\n/,
    );
    assert.equal(takeoverRuleset([]), '');
  });
});
