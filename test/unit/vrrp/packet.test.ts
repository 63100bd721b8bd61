// The packets: what is encoded is decoded again, and bytes that are wrong come back under the right name.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../config/units.ts';
import {
  type Advertisement,
  type DropReason,
  decodeAdvertisement,
  encodeAdvertisement,
  internetChecksum,
} from '../../../vrrp/packet.ts';

const path = { source: '192.168.55.11', destination: '224.0.0.18', ttl: 255 };
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const known: Advertisement = {
  version: 3,
  virtualRouterId: 51,
  priority: 150,
  interval: milliseconds(1000),
  addresses: ['192.168.55.100'],
};
const old: Advertisement = { ...known, version: 2 };

/** The bytes with some changed, and the checksum made right again (without the pseudo-header). */
const patched = (bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value;
  copy.set([0, 0], 6);
  new DataView(copy.buffer).setUint16(6, internetChecksum(copy));
  return copy;
};

const dialects = fc.constantFrom('rfc5798' as const, 'rfc9568' as const);
const addresses = fc.array(fc.ipV4(), { maxLength: 20 });
const advertisements = fc.oneof(
  fc.record(
    {
      version: fc.constant(3 as const),
      virtualRouterId: fc.integer({ min: 1, max: 255 }),
      priority: fc.nat(255),
      interval: fc.integer({ min: 1, max: 4095 }).map((count) => milliseconds(count * 10)),
      addresses,
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      version: fc.constant(2 as const),
      virtualRouterId: fc.integer({ min: 1, max: 255 }),
      priority: fc.nat(255),
      interval: fc.integer({ min: 1, max: 255 }).map((count) => milliseconds(count * 1000)),
      addresses,
    },
    { noNullPrototype: true },
  ),
);

describe('advertisement packets', () => {
  const packets = [
    { dialect: 'rfc5798', bytes: '31 33 96 01 00 64 68 17 c0 a8 37 64' },
    { dialect: 'rfc9568', bytes: '31 33 96 01 00 64 40 5a c0 a8 37 64' },
  ] as const;
  for (const { dialect, bytes } of packets) {
    it(`encodes a known packet of ${dialect}`, () =>
      assert.deepEqual(encodeAdvertisement(known, path, dialect), hex(bytes)));
    it(`decodes a known packet of ${dialect}`, () =>
      assert.deepEqual(decodeAdvertisement(hex(bytes), path), { ok: true, advertisement: known, dialect }));
  }

  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(advertisements, dialects, fc.ipV4(), (advertisement, dialect, source) => {
        const from = { ...path, source };
        const decoded = decodeAdvertisement(encodeAdvertisement(advertisement, from, dialect), from);
        const expected = advertisement.version === 2 ? undefined : dialect;
        assert.deepEqual(decoded, { ok: true, advertisement, dialect: expected });
      }),
    );
  });

  it('decodes a view into a larger buffer', () => {
    const buffer = new Uint8Array(40);
    buffer.set(encodeAdvertisement(known, path, 'rfc5798'), 20);
    const decoded = decodeAdvertisement(buffer.subarray(20, 32), path);
    assert.deepEqual(decoded, { ok: true, advertisement: known, dialect: 'rfc5798' });
  });

  it('ignores the reserved bits of version 3 (RFC 9568 5.2.6)', () => {
    const decoded = decodeAdvertisement(patched(encodeAdvertisement(known, path, 'rfc9568'), { 4: 0xf0 }), path);
    assert.deepEqual(decoded, { ok: true, advertisement: known, dialect: 'rfc9568' });
  });

  const good = encodeAdvertisement(known, path, 'rfc9568');
  const goodOld = encodeAdvertisement(old, path, 'rfc9568');
  const rows: { name: string; reason: DropReason; bytes: Uint8Array; ttl?: number }[] = [
    { name: 'a TTL of 254', reason: 'ttl', bytes: good, ttl: 254 },
    { name: 'half a header', reason: 'truncated', bytes: good.subarray(0, 7) },
    { name: 'no bytes', reason: 'truncated', bytes: new Uint8Array() },
    { name: 'fewer addresses than counted', reason: 'truncated', bytes: patched(good, { 3: 2 }) },
    { name: 'version 2 without authentication data', reason: 'truncated', bytes: goodOld.subarray(0, 12) },
    { name: 'version 1', reason: 'version', bytes: patched(good, { 0: 0x11 }) },
    { name: 'version 4', reason: 'version', bytes: patched(good, { 0: 0x41 }) },
    { name: 'another type', reason: 'type', bytes: patched(good, { 0: 0x32 }) },
    { name: 'a wrong checksum', reason: 'checksum', bytes: good.map((byte, at) => (at === 2 ? 151 : byte)) },
    {
      name: 'a wrong checksum of version 2',
      reason: 'checksum',
      bytes: goodOld.map((byte, at) => (at === 2 ? 151 : byte)),
    },
    { name: 'bytes after the last address', reason: 'length', bytes: Uint8Array.from([...good, 0]) },
    { name: 'simple text authentication', reason: 'authentication', bytes: patched(goodOld, { 4: 1 }) },
  ];
  for (const { name, reason, bytes, ttl = 255 } of rows)
    it(`drops ${name}: ${reason}`, () => {
      const decoded = decodeAdvertisement(bytes, { ...path, ttl });
      assert.equal(decoded.ok ? 'none' : decoded.reason, reason);
    });

  it('tells the virtual router of a dropped packet', () =>
    assert.deepEqual(decodeAdvertisement(patched(good, { 0: 0x41 }), path), {
      ok: false,
      reason: 'version',
      virtualRouterId: 51,
    }));

  it('drops a packet of rfc5798 from another source than it was summed for', () => {
    const decoded = decodeAdvertisement(hex(packets[0].bytes), { ...path, source: '192.168.55.12' });
    assert.equal(decoded.ok ? 'none' : decoded.reason, 'checksum');
  });

  it('never throws on noise', () => {
    const noise = fc.uint8Array({ maxLength: 60 });
    const likely = fc
      .tuple(fc.constantFrom(0x21, 0x31), fc.nat(3), noise)
      .map(([first, count, rest]) => patched(Uint8Array.from([first, 1, 100, count, 0, 1, 0, 0, ...rest]), {}));
    fc.assert(
      fc.property(fc.oneof(noise, likely), (bytes) => {
        const decoded = decodeAdvertisement(bytes, path);
        if (decoded.ok) assert.equal(decoded.advertisement.addresses.length, bytes[3]);
      }),
    );
  });

  it('drops every truncation', () => {
    fc.assert(
      fc.property(advertisements, dialects, fc.nat(), (advertisement, dialect, cut) => {
        const bytes = encodeAdvertisement(advertisement, path, dialect);
        const decoded = decodeAdvertisement(bytes.subarray(0, cut % bytes.length), path);
        assert.equal(decoded.ok ? 'none' : decoded.reason, 'truncated');
      }),
    );
  });
});
