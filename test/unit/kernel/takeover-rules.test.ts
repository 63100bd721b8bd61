// No reset for unknown connections, as the ruleset that nft reads.

import assert from 'node:assert/strict';
import { takeoverRuleset } from '../../../kernel/takeover-rules.ts';

const rulesOf = (...addresses: string[]): string[] =>
  takeoverRuleset(addresses)
    .split('\n')
    .filter((line) => line.includes('saddr'))
    .map((line) => line.trim());

describe('no reset for unknown connections', () => {
  it('drops resets from the addresses of both families, and nothing else', () =>
    assert.deepEqual(rulesOf('192.0.2.1', '2001:db8::1', '192.0.2.2'), [
      'ip saddr { 192.0.2.1, 192.0.2.2 } tcp flags & (rst | ack) == rst drop',
      'ip6 saddr { 2001:db8::1 } tcp flags & (rst | ack) == rst drop',
    ]));
  it('makes the table anew as a whole, and none without an address', () => {
    assert.match(
      takeoverRuleset(['192.0.2.1']),
      /^table inet regent-takeover\ndelete table inet regent-takeover\ntable inet regent-takeover \{\n/,
    );
    assert.equal(takeoverRuleset([]), '');
  });
});
