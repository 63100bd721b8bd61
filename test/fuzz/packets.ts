// Parsers of packets that any host on the network may send.

import assert from 'node:assert/strict';
import { decode as decodeDns, encode as encodeDns } from 'dns-packet';
import { milliseconds } from '../../base/units.ts';
import { judgeAnswer } from '../../healthcheck/checks/dns-answer.ts';
import { decodeArpClaim, encodeGratuitousArp } from '../../net/arp.ts';
import { decodeEchoReply, decodeEchoRequest, encodeEchoReply, encodeEchoRequest } from '../../net/icmp-echo.ts';
import { ip } from '../../net/ip-address.ts';
import { decodeIpv4, encodeIpv4Header } from '../../net/ipv4-packet.ts';
import { encodeNeighbourAdvertisement } from '../../net/neighbour-advertisement.ts';
import { decodeNeighbourClaim } from '../../net/neighbour-solicitation.ts';
import { decodeSynAnswer } from '../../net/tcp-segment.ts';
import { decodeControl, encodeControl } from '../../vrrp/bfd/packet.ts';
import { checksumOf } from '../../vrrp/protocol/checksum.ts';
import { decodeAdvertisement, encodeAdvertisement } from '../../vrrp/protocol/packet.ts';
import { nextSequence, sealMessage, verifyTrailer } from '../../vrrp/protocol/trailer.ts';
import type { Target } from './target.ts';

const four = { source: ip('192.168.55.11'), destination: ip('224.0.0.18') };
const six = { source: ip('fe80::1'), destination: ip('ff02::12') };
const mac = '52:54:00:12:34:56';

const advertisement = (version: 2 | 3, addresses: readonly string[], priority = 100) => ({
  version,
  virtualRouterId: 51,
  priority,
  interval: milliseconds(1000),
  addresses: addresses.map(ip),
});

/** A sender who means it gets the checksum right: what is behind it must be reached. */
const withChecksum = (input: Buffer, endpoints: typeof four): Buffer => {
  if (input.length < 8) return input;
  const bytes = Buffer.from(input);
  bytes.writeUInt16BE(0, 6);
  bytes.writeUInt16BE(checksumOf(bytes, new Uint8Array(), endpoints, 'rfc5798'), 6);
  return bytes;
};

export const vrrp: Target = {
  run: (input) => {
    for (const [bytes, endpoints] of [
      [input, four],
      [input, six],
      [withChecksum(input, four), four],
      [withChecksum(input, six), six],
    ] as const) {
      const decoded = decodeAdvertisement(bytes, endpoints);
      if (!decoded.ok) continue;
      const { version, virtualRouterId } = decoded.advertisement;
      assert.ok(version === 2 || version === 3);
      assert.equal(virtualRouterId, input[1]);
    }
    if (input.length >= 28)
      verifyTrailer(
        input.subarray(28),
        input.subarray(0, 28),
        four.source,
        [{ id: 1, secret: Buffer.alloc(32, 1) }],
        0,
        60,
      );
  },
  seeds: () => [
    Buffer.from(encodeAdvertisement(advertisement(3, ['192.168.55.100']), four, { dialect: 'rfc5798' })),
    Buffer.from(encodeAdvertisement(advertisement(3, ['192.168.55.100'], 0), four, { dialect: 'rfc9568' })),
    Buffer.from(
      encodeAdvertisement(advertisement(2, ['192.168.55.100']), four, { dialect: 'rfc5798', password: 'secret' }),
    ),
    Buffer.from(encodeAdvertisement(advertisement(3, ['fe80::2', 'fd00::1']), six, { dialect: 'rfc5798' })),
  ],
};

export const arp: Target = {
  run: (input) => {
    decodeArpClaim(input);
    decodeNeighbourClaim(input, mac);
    const packet = decodeIpv4(input);
    if (typeof packet !== 'string') decodeSynAnswer(packet.payload, 0);
    decodeSynAnswer(input, 20);
  },
  seeds: () => [
    encodeGratuitousArp(mac, ip('192.168.55.100')).subarray(14),
    encodeGratuitousArp(mac, ip('192.168.55.100')),
    encodeNeighbourAdvertisement(mac, ip('fd00::1'), true).subarray(14),
    encodeNeighbourAdvertisement(mac, ip('fd00::1'), true),
    Buffer.concat([
      encodeIpv4Header({ ...four, ttl: 64, protocol: 6, trafficClass: 0 }, 20),
      Buffer.from('00500051000000010000000250120000000000000000', 'hex').subarray(0, 20),
    ]),
  ],
};

export const icmp: Target = {
  run: (input) => {
    for (const family of [4, 6] as const)
      for (const decode of [decodeEchoReply, decodeEchoRequest]) {
        const echo = decode(family, input);
        if (echo !== undefined) assert.equal(echo.data.length, input.length - 8);
      }
  },
  seeds: () =>
    ([4, 6] as const).flatMap((family) =>
      [encodeEchoRequest, encodeEchoReply].map((encode) =>
        encode(family, { identifier: 1, sequence: 2, data: Buffer.from('regent') }),
      ),
    ),
};

export const bfd: Target = {
  run: (input) => {
    const control = decodeControl(input);
    if (typeof control === 'string') return;
    // What was understood is understood again.
    assert.deepEqual(decodeControl(encodeControl(control)), control);
  },
  seeds: () => [
    Buffer.from('20c0031800000001000000020000c3500000c35000000000', 'hex'),
    Buffer.from('2440031800000001000000000000c3500000c35000000000', 'hex'),
  ],
};

export const dns: Target = {
  run: (input) => {
    const check = {
      expectedRcode: 'NOERROR',
      expectedAnswer: '192.0.2.1',
    } as const;
    let answer: ReturnType<typeof decodeDns>;
    try {
      answer = decodeDns(input);
    } catch {
      return; // the check does the same, and calls the answer unreadable
    }
    for (const recordType of ['A', 'MX', 'TXT', 'SOA', 'SRV', 'NS', 'PTR', 'CNAME', 'AAAA'] as const)
      judgeAnswer({ ...check, recordType }, answer);
  },
  seeds: () => {
    const name = 'example.org';
    const type = 'response';
    const questions = [{ type: 'A', name } as const];
    return [
      encodeDns({ type, id: 1, questions, answers: [{ type: 'A', name, data: '192.0.2.1' }] }),
      encodeDns({ type, id: 1, questions, answers: [{ type: 'TXT', name, data: ['a', 'b'] }] }),
      encodeDns({ type, id: 1, questions, answers: [{ type: 'MX', name, data: { preference: 1, exchange: 'mx' } }] }),
      encodeDns({
        type,
        id: 1,
        answers: [{ type: 'SRV', name, data: { port: 1, target: 'a', weight: 1, priority: 2 } }],
      }),
      encodeDns({ type, id: 1, answers: [{ type: 'CAA', name, data: { tag: 'issue', value: 'x' } }] }),
    ];
  },
};

/** A signed advertisement. */
export const trailer: Target = {
  run: (input) => {
    const key = { id: 1, secret: Buffer.alloc(32, 1) };
    const wall = 1_700_000_000_000;
    const sequence = nextSequence(undefined, wall, 60);
    const message = Buffer.from(input);
    const seal = sealMessage(message, four.source, key, sequence);
    assert.equal(verifyTrailer(message, seal, four.source, [key], wall, 60), sequence);
    if (input.length === 0) return;
    message[0] = (message[0] ?? 0) ^ 1;
    assert.equal(verifyTrailer(message, seal, four.source, [key], wall, 60), 'authentication-failed');
  },
  seeds: () => ['advertisement'],
};
