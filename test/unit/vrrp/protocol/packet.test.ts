// The packets: what is encoded is decoded again, and bytes that are wrong come back under the right name.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../../base/units.ts';
import { internetChecksum } from '../../../../net/checksum.ts';
import { formatAddress, type IpAddress, ip } from '../../../../net/ip-address.ts';
import { type DropReason, dropReasons } from '../../../../vrrp/protocol/drop-reason.ts';
import {
  type Advertisement,
  type Decoded,
  decodeAdvertisement,
  encodeAdvertisement,
  virtualRouterIdOf,
} from '../../../../vrrp/protocol/packet.ts';

const path = { source: ip('192.168.55.11'), destination: ip('224.0.0.18') };
const path6 = { source: ip('fe80::11'), destination: ip('ff02::12') };
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const known: Advertisement = {
  version: 3,
  virtualRouterId: 51,
  priority: 150,
  interval: milliseconds(1000),
  addresses: [ip('192.168.55.100')],
};
const old: Advertisement = { ...known, version: 2 };
const known6: Advertisement = { ...known, addresses: [ip('fe80::100'), ip('fd00::100')] };

/** What a decoded packet says, or why it says nothing. */
const read = (decoded: Decoded): unknown =>
  decoded.ok ? { advertisement: decoded.advertisement, dialect: decoded.dialect } : decoded.reason;

/** The bytes with some changed, and the checksum made right again (without the pseudo-header). */
const patched = (bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value;
  copy.set([0, 0], 6);
  new DataView(copy.buffer).setUint16(6, internetChecksum(copy));
  return copy;
};

const dialects = fc.constantFrom('rfc5798' as const, 'rfc9568' as const);
const ids = fc.integer({ min: 1, max: 255 });
const version3 = { version: fc.constant(3 as const), virtualRouterId: ids, priority: fc.nat(255) };
const centiseconds = fc.integer({ min: 1, max: 4095 }).map((count) => milliseconds(count * 10));
const seconds = fc.integer({ min: 1, max: 255 }).map((count) => milliseconds(count * 1000));
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatAddress);
const list = (one: fc.Arbitrary<IpAddress>) => fc.array(one, { minLength: 1, maxLength: 20 });
const strict = { noNullPrototype: true } as const;
const advertisements4 = fc.oneof(
  fc.record({ ...version3, interval: centiseconds, addresses: list(fc.ipV4().map(ip)) }, strict),
  fc.record(
    { ...version3, version: fc.constant(2 as const), interval: seconds, addresses: list(fc.ipV4().map(ip)) },
    strict,
  ),
);
const advertisements6 = fc.record({ ...version3, interval: centiseconds, addresses: list(ipv6) }, strict);
/** An advertisement and the addresses of its packet. */
const packets = fc.oneof(
  fc.tuple(advertisements4, fc.record({ source: fc.ipV4().map(ip), destination: fc.ipV4().map(ip) }, strict)),
  fc.tuple(advertisements6, fc.record({ source: ipv6, destination: ipv6 }, strict)),
);
const trailers = fc.oneof(fc.constant(undefined), fc.uint8Array({ minLength: 28, maxLength: 28 }));
const passwords = fc.oneof(fc.constant(undefined), fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }));

describe('advertisement packets', () => {
  const rows: readonly (readonly [
    string,
    Advertisement,
    typeof path,
    'rfc5798' | 'rfc9568',
    string | undefined,
    string,
  ])[] = [
    ['rfc5798', known, path, 'rfc5798', 'rfc5798', '31 33 96 01 00 64 68 17 c0 a8 37 64'],
    ['rfc9568, which sums the message alone', known, path, 'rfc9568', 'rfc9568', '31 33 96 01 00 64 40 5a c0 a8 37 64'],
    [
      'IPv6, whose sum is one in both',
      known6,
      path6,
      'rfc9568',
      undefined,
      '31 33 96 02 00 64 3c a5 fe80 0000 0000 0000 0000 0000 0000 0100 fd00 0000 0000 0000 0000 0000 0000 0100',
    ],
    ['version 2', old, path, 'rfc9568', undefined, '21 33 96 01 00 01 50 bd c0 a8 37 64 00 00 00 00 00 00 00 00'],
  ];
  for (const [name, advertisement, endpoints, dialect, heard, bytes] of rows) {
    it(`encodes a known packet of ${name}`, () =>
      assert.equal(
        Buffer.from(encodeAdvertisement(advertisement, endpoints, { dialect })).toString('hex'),
        Buffer.from(hex(bytes)).toString('hex'),
      ));
    it(`decodes a known packet of ${name}`, () =>
      assert.deepEqual(read(decodeAdvertisement(hex(bytes), endpoints)), { advertisement, dialect: heard }));
  }

  // As keepalived 2.2.7 sent them.
  const captured = [
    {
      name: 'version 3 to the group',
      endpoints: { source: ip('192.168.55.12'), destination: ip('224.0.0.18') },
      bytes: '3133960100646816c0a83764',
      read: { advertisement: known, dialect: 'rfc5798' },
    },
    {
      name: 'version 3 from host to host',
      endpoints: { source: ip('192.168.55.12'), destination: ip('192.168.55.11') },
      bytes: '3136960100645070c0a83766',
      read: { advertisement: { ...known, virtualRouterId: 54, addresses: [ip('192.168.55.102')] }, dialect: 'rfc5798' },
    },
    {
      name: 'version 3 over IPv6',
      endpoints: { source: ip('fe80::12'), destination: ip('ff02::12') },
      bytes: '3135960200643c4dfe800000000000000000000000000100fd550000000000000000000000000100',
      read: {
        advertisement: { ...known, virtualRouterId: 53, addresses: [ip('fe80::100'), ip('fd55::100')] },
        dialect: undefined,
      },
    },
    {
      name: 'version 2 with the password "secret"',
      endpoints: { source: ip('192.168.55.12'), destination: ip('224.0.0.18') },
      bytes: '213496010101136fc0a837657365637265740000',
      read: { advertisement: { ...old, virtualRouterId: 52, addresses: [ip('192.168.55.101')] }, dialect: undefined },
    },
  ];
  it('decodes what keepalived 2.4.3 sends where it sums the message alone, as RFC 9568 wants (v3_checksum_as_v2)', () => {
    const advertisement = { ...known, virtualRouterId: 5, priority: 100, addresses: [ip('192.168.55.105')] };
    const decoded = decodeAdvertisement(hex('3105640100647283c0a83769'), { ...path, source: ip('192.168.55.12') });
    assert.deepEqual(read(decoded), { advertisement, dialect: 'rfc9568' });
  });

  for (const { name, endpoints, bytes, read: expected } of captured) {
    it(`decodes what keepalived sends: ${name}`, () =>
      assert.deepEqual(read(decodeAdvertisement(hex(bytes), endpoints)), expected));
    it(`encodes the same: ${name}`, () => {
      const password = name.includes('password') ? 'secret' : undefined;
      const ours = encodeAdvertisement(expected.advertisement, endpoints, { dialect: 'rfc5798', password });
      assert.equal(Buffer.from(ours).toString('hex'), bytes);
    });
  }

  it('carries a password in version 2, within the checksum (RFC 2338 5.3.10)', () => {
    const bytes = encodeAdvertisement(old, path, { dialect: 'rfc9568', password: 'secret' });
    assert.equal(Buffer.from(bytes.subarray(12)).toString(), 'secret\0\0');
    const decoded = decodeAdvertisement(bytes, path);
    assert.deepEqual(decoded.ok && decoded.authentication, { type: 1, data: bytes.subarray(12) });
    assert.equal(read(decodeAdvertisement(bytes.with(12, 0x53), path)), 'checksum');
  });

  it('decodes what it encodes, with any trailer and password', () => {
    fc.assert(
      fc.property(packets, dialects, trailers, passwords, ([advertisement, endpoints], dialect, trailer, password) => {
        const seal = trailer && (() => trailer);
        const bytes = encodeAdvertisement(advertisement, endpoints, { dialect, password, seal });
        const decoded = decodeAdvertisement(bytes, endpoints);
        const hasDialect = advertisement.version === 3 && !endpoints.source.includes(':');
        // Where source and destination sum to nothing both dialects are one.
        if (!decoded.ok) assert.fail(decoded.reason);
        assert.deepEqual(decoded.advertisement, advertisement);
        if (!hasDialect) assert.equal(decoded.dialect, undefined);
        assert.deepEqual(decoded.trailer && [...decoded.trailer], trailer && [...trailer]);
        assert.equal(virtualRouterIdOf(bytes), advertisement.virtualRouterId);
      }),
    );
  });

  it('decodes a view into a larger buffer', () => {
    const buffer = new Uint8Array(40);
    buffer.set(encodeAdvertisement(known, path, { dialect: 'rfc5798' }), 20);
    const decoded = decodeAdvertisement(buffer.subarray(20, 32), path);
    assert.deepEqual(read(decoded), { advertisement: known, dialect: 'rfc5798' });
  });

  it('ignores the reserved bits of version 3 (RFC 9568 5.2.6)', () => {
    const bytes = patched(encodeAdvertisement(known, path, { dialect: 'rfc9568' }), { 4: 0xf0 });
    assert.deepEqual(read(decodeAdvertisement(bytes, path)), { advertisement: known, dialect: 'rfc9568' });
  });

  const good = encodeAdvertisement(known, path, { dialect: 'rfc9568' });
  const goodOld = encodeAdvertisement(old, path, { dialect: 'rfc9568' });
  const good6 = encodeAdvertisement(known6, path6, { dialect: 'rfc9568' });
  const drops: { name: string; reason: DropReason; bytes: Uint8Array; on?: typeof path }[] = [
    { name: 'half a header', reason: 'truncated', bytes: good.subarray(0, 7) },
    { name: 'no bytes', reason: 'truncated', bytes: new Uint8Array() },
    { name: 'fewer addresses than counted', reason: 'truncated', bytes: patched(good, { 3: 2 }) },
    { name: 'IPv4 addresses over IPv6', reason: 'truncated', bytes: good, on: path6 },
    { name: 'version 2 without authentication data', reason: 'truncated', bytes: goodOld.subarray(0, 12) },
    { name: 'version 1', reason: 'version', bytes: patched(good, { 0: 0x11 }) },
    { name: 'version 4', reason: 'version', bytes: patched(good, { 0: 0x41 }) },
    { name: 'version 2 over IPv6', reason: 'version', bytes: patched(good6, { 0: 0x21 }), on: path6 },
    { name: 'another type', reason: 'type', bytes: patched(good, { 0: 0x32 }) },
    { name: 'a wrong checksum', reason: 'checksum', bytes: good.with(2, 151) },
    { name: 'a wrong checksum of version 2', reason: 'checksum', bytes: goodOld.with(2, 151) },
    { name: 'a wrong checksum of IPv6', reason: 'checksum', bytes: good6.with(2, 151), on: path6 },
    { name: 'IPv6 summed without the pseudo-header', reason: 'checksum', bytes: patched(good6, {}), on: path6 },
    { name: 'bytes after the last address', reason: 'length', bytes: Uint8Array.from([...good, 0]) },
    { name: 'one byte more than a trailer', reason: 'length', bytes: Uint8Array.from([...good, ...Buffer.alloc(29)]) },
  ];
  for (const { name, reason, bytes, on = path } of drops)
    it(`drops ${name}: ${reason}`, () => assert.equal(read(decodeAdvertisement(bytes, on)), reason));

  it('tells the virtual router of a dropped packet', () =>
    assert.deepEqual(decodeAdvertisement(patched(good, { 0: 0x41 }), path), {
      ok: false,
      reason: 'version',
      virtualRouterId: 51,
    }));

  for (const [name, bytes, from] of [
    ['rfc5798', hex(rows[0]?.[5] ?? ''), { ...path, source: ip('192.168.55.12') }],
    ['IPv6', good6, { ...path6, destination: ip('fe80::12') }],
  ] as const)
    it(`drops a packet of ${name} with other addresses than it was summed for`, () =>
      assert.equal(read(decodeAdvertisement(bytes, from)), 'checksum'));

  it('never throws on noise, and names what is wrong', () => {
    const noise = fc.uint8Array({ maxLength: 60 });
    const likely = fc
      .tuple(fc.constantFrom(0x21, 0x31), fc.nat(3), noise)
      .map(([first, count, rest]) => patched(Uint8Array.from([first, 1, 100, count, 0, 1, 0, 0, ...rest]), {}));
    fc.assert(
      fc.property(fc.oneof(noise, likely), fc.constantFrom(path, path6), (bytes, on) => {
        const decoded = decodeAdvertisement(bytes, on);
        if (decoded.ok) assert.equal(decoded.advertisement.addresses.length, bytes[3]);
        else assert.ok(dropReasons.includes(decoded.reason));
      }),
    );
  });

  it('drops every truncation', () => {
    fc.assert(
      fc.property(packets, dialects, fc.nat(), ([advertisement, endpoints], dialect, cut) => {
        const bytes = encodeAdvertisement(advertisement, endpoints, { dialect });
        const decoded = decodeAdvertisement(bytes.subarray(0, cut % bytes.length), endpoints);
        assert.equal(read(decoded), 'truncated');
      }),
    );
  });
});
