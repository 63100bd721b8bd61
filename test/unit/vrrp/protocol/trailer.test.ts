// The authentication trailer: the published vectors of its wire form, every byte that it protects, time and replay.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { internetChecksum } from '../../../../net/checksum.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';
import { decodeAdvertisement } from '../../../../vrrp/protocol/packet.ts';
import {
  admitSequence,
  type Key,
  nextSequence,
  type Sequence,
  sealMessage,
  trailerLength,
  verifyTrailer,
} from '../../../../vrrp/protocol/trailer.ts';

const key: Key = { id: 1, secret: Uint8Array.from({ length: 32 }, (_, index) => index) };
const sequence: Sequence = 0x6800_0000_8000_0000n;
/** The moment of that sequence. */
const wall = 0x6800_0000 * 1000 + 500;
const window = 5;

// The wire images that keepalived's own test of auth_hmac verifies: virtual router 51, priority 200.
const vectors = [
  {
    name: 'IPv4, 192.0.2.100 from 198.51.100.10',
    source: ip('198.51.100.10'),
    destination: ip('224.0.0.18'),
    bytes: '3133c80100644402c0000264' + '010100006800000080000000' + '1b84bc4e8e43892dc6d98448f8ee2265',
  },
  {
    name: 'IPv6, fe80::100 from fe80::10 to fe80::20',
    source: ip('fe80::10'),
    destination: ip('fe80::20'),
    bytes:
      '3133c8010064a2e9fe800000000000000000000000000100' +
      '010100006800000080000000' +
      'c8c56146ebfd66ee10ec4d8186461b78',
  },
] as const;

const letters = (id: number, letter: string, count: number): Key => ({ id, secret: Buffer.from(letter.repeat(count)) });
const older = letters(1, 'a', 40);
const newer = letters(2, 'b', 64);
const group = ip('224.0.0.18');

// As a running keepalived 2.4.3 sent them, before and after its active_key was changed.
const captured = [
  {
    name: 'version 3 to the group',
    key: older,
    path: [ip('192.168.55.12'), group],
    bytes: '3101640100649a47c0a83765010100006b06a369073a0000b6f9042793bce62677617df4b172542c',
  },
  {
    name: 'version 3 from host to host',
    key: older,
    path: [ip('192.168.55.12'), ip('192.168.55.11')],
    bytes: '31026401006482a4c0a83766010100006b06a3690f4d00009b3d39f82a47836ce61b4759361303e6',
  },
  {
    name: 'version 3 over IPv6',
    key: older,
    path: [ip('fe80::12'), ip('ff02::12')],
    bytes:
      '31036401006407b7fe800000000000000000000000000103' + '010100006b06a369139800006b3cd12c901f986fd9d665f7447058d0',
  },
  {
    name: 'version 2',
    key: older,
    path: [ip('192.168.55.12'), group],
    bytes: '21046401000182e8c0a837680000000000000000' + '010100006b06a3691b14000097745d94948d2ef73c667ad01a137c04',
  },
  {
    name: 'version 3 to the group, by the next key',
    key: newer,
    path: [ip('192.168.55.12'), group],
    bytes: '3101640100649a47c0a83765010200006b06a37d4ba20000f3e83c81358f7bcd551ab4f33952d667',
  },
  {
    name: 'version 3 over IPv6, by the next key',
    key: newer,
    path: [ip('fe80::12'), ip('ff02::12')],
    bytes:
      '310364010064e4e8fe800000000000000000000000000103' + '010200006b06a37d4d5a00000bf850f8002ac1cd41a57bea4eadffd8',
  },
] as const;

describe('the trailer that keepalived sends', () => {
  for (const { name, key: signing, path, bytes } of captured) {
    const [source, destination] = path;
    const packet = Buffer.from(bytes, 'hex');
    const message = packet.subarray(0, -trailerLength);
    const trailer = packet.subarray(-trailerLength);
    const sequenceHeard: Sequence = trailer.readBigUInt64BE(4);
    it(`is believed: ${name}`, () => {
      const decoded = decodeAdvertisement(packet, { source, destination });
      if (!decoded.ok) assert.fail(decoded.reason);
      const at = Number(sequenceHeard >> 32n) * 1000;
      const verdict = verifyTrailer(decoded.message, trailer, source, [older, newer], at, window);
      assert.equal(verdict, sequenceHeard);
    });
    it(`is what we would send: ${name}`, () => {
      const ours = sealMessage(message, source, signing, sequenceHeard);
      assert.equal(Buffer.from(ours).toString('hex'), trailer.toString('hex'));
    });
  }
});

describe('the authentication trailer', () => {
  for (const { name, source, destination, bytes } of vectors) {
    const packet = Buffer.from(bytes, 'hex');
    const message = packet.subarray(0, -trailerLength);
    const trailer = packet.subarray(-trailerLength);
    const verify = (one: Uint8Array, other: Uint8Array, from: IpAddress = source, keys = [key]) =>
      verifyTrailer(one, other, from, keys, wall, window);

    it(`is made as published: ${name}`, () =>
      assert.equal(Buffer.from(sealMessage(message, source, key, sequence)).toString('hex'), trailer.toString('hex')));
    it(`is verified as published: ${name}`, () => assert.equal(verify(message, trailer), sequence));
    it(`comes with a checksum as published: ${name}`, () => {
      const decoded = decodeAdvertisement(packet, { source, destination });
      if (!decoded.ok) assert.fail(decoded.reason);
      assert.deepEqual(decoded.trailer && Buffer.from(decoded.trailer), trailer);
    });
    it(`protects every byte but the checksum: ${name}`, () => {
      for (const [at, byte] of packet.entries()) {
        const changed = Buffer.from(packet);
        changed[at] = byte ^ 1;
        const verdict = verify(changed.subarray(0, -trailerLength), changed.subarray(-trailerLength));
        if (at === 6 || at === 7) assert.equal(verdict, sequence);
        else assert.equal(typeof verdict, 'string', `byte ${at}`);
      }
    });
    it(`is of its sender alone: ${name}`, () =>
      assert.equal(verify(message, trailer, ip(source.replace(/10$/, '11'))), 'authentication-failed'));
    it(`is of one key: ${name}`, () => {
      assert.equal(verify(message, trailer, source, []), 'authentication-key');
      assert.equal(verify(message, trailer, source, [{ ...key, id: 2 }]), 'authentication-key');
      const other = { id: 1, secret: Buffer.alloc(32, 1) };
      assert.equal(verify(message, trailer, source, [other]), 'authentication-failed');
      assert.equal(verify(message, trailer, source, [{ ...other, id: 2 }, key]), sequence);
    });
  }

  const [{ source, bytes }] = vectors;
  const message = Buffer.from(bytes, 'hex').subarray(0, -trailerLength);
  const trailer = Buffer.from(bytes, 'hex').subarray(-trailerLength);
  for (const [name, at, value] of [
    ['kind', 0, 2],
    ['reserved byte', 2, 1],
    ['reserved byte', 3, 1],
  ] as const)
    it(`is malformed with another ${name} at ${at}`, () =>
      assert.equal(
        verifyTrailer(message, new Uint8Array(trailer).with(at, value), source, [key], wall, window),
        'authentication-malformed',
      ));

  for (const [ahead, expected] of [
    [-6, 'authentication-stale'],
    [-5, sequence],
    [5, sequence],
    [6, 'authentication-stale'],
  ] as const)
    it(`is judged by a clock ${ahead} s ahead: ${typeof expected === 'bigint' ? 'believed' : expected}`, () =>
      assert.equal(verifyTrailer(message, trailer, source, [key], wall + ahead * 1000, window), expected));

  it('covers nothing that the checksum of IPv4 does', () => assert.equal(internetChecksum(message), 0));

  it('never throws on noise', () => {
    const noise = fc.uint8Array({ maxLength: 60 });
    fc.assert(fc.property(noise, noise, (one, other) => void verifyTrailer(one, other, source, [key], wall, window)));
  });
});

describe('the sequence of a sender', () => {
  it('is of the clock: seconds and 65536ths', () => assert.equal(nextSequence(undefined, wall, window), sequence));
  it('grows while the clock does not', () => assert.equal(nextSequence(sequence, wall, window), sequence + 1n));
  it('grows while the clock goes back by less than the window', () =>
    assert.equal(nextSequence(sequence, wall - 5000, window), sequence + 1n));
  it('starts anew when the clock was set back by more', () =>
    assert.equal(nextSequence(sequence, wall - 6000, window), sequence - (6n << 32n)));
  it('grows for ever', () => {
    const walls = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 2 });
    fc.assert(
      fc.property(walls, (steps) => {
        let last: Sequence | undefined;
        for (const step of steps) {
          const next = nextSequence(last, wall + step, window);
          assert.ok(last === undefined || next > last);
          last = next;
        }
      }),
    );
  });
});

describe('what was heard', () => {
  const marks = admitSequence(new Map(), 'a', sequence, wall, window) ?? assert.fail();
  it('is not heard again', () => assert.equal(admitSequence(marks, 'a', sequence, wall, window), undefined));
  it('lets nothing older be heard', () =>
    assert.equal(admitSequence(marks, 'a', sequence - 1n, wall, window), undefined));
  it('lets the next be heard', () => assert.ok(admitSequence(marks, 'a', sequence + 1n, wall, window)));
  it('is one sender’s matter', () => assert.ok(admitSequence(marks, 'b', sequence, wall, window)));
  it('is forgotten with a clock that was corrected', () =>
    assert.ok(admitSequence(marks, 'a', sequence - (60n << 32n), wall - 60_000, window)));
  it('is bounded, whoever speaks', () => {
    let many = marks;
    for (let index = 0; index < 100; index += 1)
      many = admitSequence(many, String(index), sequence, wall, window) ?? assert.fail();
    assert.equal(many.size, 16);
    assert.ok(many.has('99') && !many.has('a'));
  });
});
