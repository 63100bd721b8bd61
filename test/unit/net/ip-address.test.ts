// Addresses as text and bytes.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesOf, formatAddress, ip, isLinkLocal, parseAddress, sharesPrefix } from '../../../net/ip-address.ts';

describe('an address', () => {
  const rows = [
    { text: '192.168.55.100', bytes: 'c0a83764', canonical: '192.168.55.100' },
    { text: '::', bytes: '0'.repeat(32), canonical: '::' },
    { text: 'FD00:0:0::1', bytes: `fd00${'0'.repeat(27)}1`, canonical: 'fd00::1' },
    { text: '::ffff:10.0.0.1', bytes: '00000000000000000000ffff0a000001', canonical: '::ffff:10.0.0.1' },
    // RFC 5952, sections 4 and 5.
    {
      text: '2001:DB8:0:0:8:0800:200c:417a',
      bytes: '20010db80000000000080800200c417a',
      canonical: '2001:db8::8:800:200c:417a',
    },
    { text: '2001:0:0:1:0:0:0:1', bytes: '20010000000000010000000000000001', canonical: '2001:0:0:1::1' },
    { text: '2001:db8:0:1:1:1:1:1', bytes: '20010db8000000010001000100010001', canonical: '2001:db8:0:1:1:1:1:1' },
    { text: '2001:db8:0:0:1:0:0:1', bytes: '20010db8000000000001000000000001', canonical: '2001:db8::1:0:0:1' },
    { text: '::FFFF:c000:0201', bytes: '00000000000000000000ffffc0000201', canonical: '::ffff:192.0.2.1' },
    { text: '1:2:3:4:5:6:7:8', bytes: '00010002000300040005000600070008', canonical: '1:2:3:4:5:6:7:8' },
  ];
  for (const { text, bytes, canonical } of rows) {
    it(`${text} has its bytes`, () => assert.equal(bytesOf(ip(text)).toString('hex'), bytes));
    it(`${text} is spelled ${canonical}`, () => assert.equal(parseAddress(text), canonical));
  }
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.256',
    'fe80:::1',
    'lb0',
    '10.0.0.1/32',
    '10.1',
    '0x7f.0.0.1',
    '010.0.0.1',
    'fe80::1%eth0',
    '::1%',
    '[::1]',
    ' ::1',
    '::ffff:010.0.0.1',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseAddress(text), undefined));

  it('that a program names must be one', () => assert.throws(() => ip('10.0.0'), RangeError));

  for (const [text, expected] of [
    ['fe80::1', true],
    ['febf::1', true],
    ['fec0::1', false],
    ['fe8::1', false],
    ['169.254.1.1', false],
  ] as const)
    it(`${text} ${expected ? 'is' : 'is not'} link-local`, () => assert.equal(isLinkLocal(ip(text)), expected));

  it('has one text for each of its spellings', () => {
    const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(sixteen, (bytes) => {
        const groups = (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
        assert.equal(parseAddress(groups.toUpperCase()), formatAddress(bytes));
      }),
    );
  });

  it('comes back from its text', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(fc.property(bytes, (one) => assert.deepEqual(bytesOf(formatAddress(one)), Buffer.from(one))));
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
      assert.equal(sharesPrefix(bytesOf(ip(left)), bytesOf(ip(right)), length), expected));
});
