// Addresses as text and bytes.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalAddress, formatAddress, parseAddress, sharesPrefix } from '../../../net/ip-address.ts';

describe('an address', () => {
  const rows = [
    { text: '192.168.55.100', bytes: 'c0a83764', canonical: '192.168.55.100' },
    { text: '::', bytes: '0'.repeat(32), canonical: '::' },
    { text: 'FD00:0:0::1', bytes: `fd00${'0'.repeat(27)}1`, canonical: 'fd00::1' },
    { text: '::ffff:10.0.0.1', bytes: '00000000000000000000ffff0a000001', canonical: '::ffff:10.0.0.1' },
    { text: '1:2:3:4:5:6:7:8', bytes: '00010002000300040005000600070008', canonical: '1:2:3:4:5:6:7:8' },
  ];
  for (const { text, bytes, canonical } of rows) {
    it(`${text} has its bytes`, () => assert.equal(parseAddress(text)?.toString('hex'), bytes));
    it(`${text} is spelled ${canonical}`, () => assert.equal(canonicalAddress(text), canonical));
  }
  for (const text of ['', '10.0.0', '10.0.0.256', 'fe80:::1', 'lb0', '10.0.0.1/32'])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseAddress(text), undefined));

  it('comes back from its text', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(fc.property(bytes, (one) => assert.deepEqual(parseAddress(formatAddress(one)), Buffer.from(one))));
  });
});

describe('two addresses share a prefix', () => {
  const rows: [string, string, number, boolean][] = [
    ['192.168.55.100', '192.168.55.11', 24, true],
    ['192.168.55.100', '192.168.66.11', 24, false],
    ['192.168.66.11', '192.168.55.100', 16, true],
    ['10.0.0.127', '10.0.0.128', 24, true],
    ['10.0.0.127', '10.0.0.128', 25, false],
    ['10.0.0.1', '99.0.0.1', 0, true],
    ['fd00::1', 'fd00::2', 64, true],
    ['fd00::1', 'fd00::2', 128, false],
    ['10.0.0.1', '::10.0.0.1', 0, false],
  ];
  for (const [left, right, length, expected] of rows)
    it(`${left} and ${right} /${length}: ${expected}`, () =>
      assert.equal(
        sharesPrefix(parseAddress(left) ?? Buffer.of(), parseAddress(right) ?? Buffer.of(), length),
        expected,
      ));
});
