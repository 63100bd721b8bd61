// What a router makes of packets: each reason to drop one, in the order of the checks, and what is merely odd.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';
import { type DropReason, dropReasons } from '../../../../vrrp/protocol/drop-reason.ts';
import type { PacketHeader } from '../../../../vrrp/protocol/packet.ts';
import { judgePacket, listensTo, type Receiver, receiverOf } from '../../../../vrrp/protocol/reception.ts';
import { type Key, nextSequence, sealMessage } from '../../../../vrrp/protocol/trailer.ts';
import { destinationsOf, encodeFrom } from '../../../../vrrp/router.ts';
import { routerConfig } from '../../router-config.ts';

const wall = 1_763_888_888_000;
const config = routerConfig();
const key: Key = { id: 7, secret: Buffer.alloc(32, 7) };
const group: PacketHeader = { source: ip('10.0.0.2'), destination: ip('224.0.0.18'), ttl: 255 };
const direct: PacketHeader = { ...group, destination: ip('10.0.0.1') };
const group6: PacketHeader = { source: ip('fe80::2'), destination: ip('ff02::12'), ttl: 255 };
const direct6: PacketHeader = { ...group6, destination: ip('fe80::1') };
const unicast: Partial<RouterConfig> = { peers: [ip('10.0.0.2')], multicast: false };
const ipv6: Partial<RouterConfig> = {
  family: 'ipv6',
  addresses: [
    { address: ip('fd00::100'), prefixLength: 128 },
    { address: ip('fe80::100'), prefixLength: 64 },
  ],
};
const unicast6: Partial<RouterConfig> = { ...ipv6, peers: [ip('fe80::2')], multicast: false };
const otherAddresses: Partial<RouterConfig> = { addresses: [{ address: ip('10.0.0.101'), prefixLength: 32 }] };
const hmac = (mode: 'enforce' | 'permissive' | 'receive_only'): Partial<RouterConfig> => ({
  authentication: { type: 'hmac', keyFile: '/k', window: milliseconds(5000), mode },
});
const password = (text: string): Partial<RouterConfig> => ({
  version: 2,
  authentication: { type: 'password', password: text },
});
const receiver = (change: Partial<RouterConfig> = {}, marks: Receiver['marks'] = new Map()): Receiver => ({
  config: { ...config, ...change },
  keys: [key],
  marks,
});

type Sent = {
  readonly change?: Partial<RouterConfig>;
  readonly path?: PacketHeader;
  readonly by?: Key;
  readonly at?: number;
};
const bytesOf = ({ change = {}, path = group, by, at = wall }: Sent): Uint8Array =>
  encodeFrom(
    { ...config, ...change },
    path,
    150,
    by && ((message) => sealMessage(message, path.source, by, nextSequence(undefined, at, 5))),
  );
const judge = (own: Partial<RouterConfig>, sent: Sent): DropReason | 'counts' => {
  const judgement = judgePacket(receiver(own), bytesOf(sent), sent.path ?? group, wall);
  return judgement.ok ? 'counts' : judgement.reason;
};

type Row = readonly [name: string, own: Partial<RouterConfig>, sent: Sent, expected: DropReason | 'counts'];
const hop = (path: PacketHeader): PacketHeader => ({ ...path, ttl: 254 });
const rows: Readonly<Record<string, readonly Row[]>> = {
  'the path (RFC 9568 7.1)': [
    ['to the group', {}, {}, 'counts'],
    ['to the group over IPv6', ipv6, { change: ipv6, path: group6 }, 'counts'],
    ['to this host', unicast, { path: direct }, 'counts'],
    ['to this host over IPv6', unicast6, { change: ipv6, path: direct6 }, 'counts'],
    ['to the group with TTL 254', {}, { path: hop(group) }, 'ttl'],
    ['to the group with hop limit 254', ipv6, { change: ipv6, path: hop(group6) }, 'ttl'],
    ['to this host with TTL 254', unicast, { path: hop(direct) }, 'ttl'],
    ['to this host with hop limit 254', unicast6, { change: ipv6, path: hop(direct6) }, 'ttl'],
    ['to this host with TTL 254, where that is enough', { ...unicast, minTtl: 254 }, { path: hop(direct) }, 'counts'],
    [
      'to this host with TTL 253, where that is not',
      { ...unicast, minTtl: 254 },
      { path: { ...direct, ttl: 253 } },
      'ttl',
    ],
    [
      'to the group with TTL 254, whatever is enough from a peer',
      { ...unicast, multicast: true, minTtl: 1 },
      { path: hop(group) },
      'ttl',
    ],
    ['to this host, where the group alone is heard', {}, { path: direct }, 'destination'],
    ['to the group, where peers alone are heard', unicast, {}, 'destination'],
    ['by one that is no peer', unicast, { path: { ...direct, source: ip('10.0.0.9') } }, 'source'],
    [
      'by anybody, where that is allowed',
      { ...unicast, checkSource: false },
      { path: { ...direct, source: ip('10.0.0.9') } },
      'counts',
    ],
  ],
  'the packet': [
    ['version 2 for 3', {}, { change: { version: 2 } }, 'version'],
    ['version 3 for 2', { version: 2 }, {}, 'version'],
    ['to the owner', { priority: 255 }, {}, 'owner'],
    [
      'another interval in version 2 (RFC 3768 7.1)',
      { version: 2 },
      { change: { version: 2, advertisementInterval: milliseconds(2000) } },
      'interval',
    ],
    ['another interval in version 3', {}, { change: { advertisementInterval: milliseconds(2000) } }, 'counts'],
    ['other addresses', {}, { change: otherAddresses }, 'counts'],
    ['none of our addresses', { addressMismatch: 'overlap' }, { change: otherAddresses }, 'foreign-addresses'],
    [
      'none of our addresses, of which we are the owner',
      { addressMismatch: 'overlap', priority: 255 },
      { change: otherAddresses },
      'foreign-addresses',
    ],
    [
      'some of our addresses',
      { addressMismatch: 'overlap' },
      { change: { addresses: [...routerConfig().addresses, ...(otherAddresses.addresses ?? [])] } },
      'counts',
    ],
    ['other addresses, where they matter', { addressMismatch: 'drop' }, { change: otherAddresses }, 'address-list'],
  ],
  'a password': [
    ['ours', password('secret'), { change: password('secret') }, 'counts'],
    ['another', password('secret'), { change: password('Secret') }, 'authentication-password'],
    ['longer than ours', password('secret'), { change: password('secret1') }, 'authentication-password'],
    ['none, where one is needed', password('secret'), { change: { version: 2 } }, 'authentication-type'],
    ['one, where none is', { version: 2 }, { change: password('secret') }, 'authentication-type'],
  ],
  'a trailer': [
    ['ours', hmac('enforce'), { by: key }, 'counts'],
    ['ours over IPv6', { ...ipv6, ...hmac('enforce') }, { change: ipv6, path: group6, by: key }, 'counts'],
    ['ours in version 2', { version: 2, ...hmac('enforce') }, { change: { version: 2 }, by: key }, 'counts'],
    ['none', hmac('enforce'), {}, 'authentication-missing'],
    ['none, while signing begins', hmac('permissive'), {}, 'counts'],
    ['none, before signing begins', hmac('receive_only'), {}, 'counts'],
    ['one, where none is in use', {}, { by: key }, 'authentication-unexpected'],
    ['by an unknown key', hmac('permissive'), { by: { ...key, id: 8 } }, 'authentication-key'],
    ['by a wrong key', hmac('receive_only'), { by: { ...key, secret: Buffer.alloc(32) } }, 'authentication-failed'],
    ['of yesterday', hmac('enforce'), { by: key, at: wall - 86_400_000 }, 'authentication-stale'],
  ],
};
for (const [what, list] of Object.entries(rows))
  describe(`a packet is judged by ${what}`, () => {
    for (const [name, own, sent, expected] of list)
      it(`${name}: ${expected}`, () => assert.equal(judge(own, sent), expected));
  });

describe('a packet that counts', () => {
  const mismatchesOf = (own: Partial<RouterConfig>, sent: Sent) => {
    const judgement = judgePacket(receiver(own), bytesOf(sent), sent.path ?? group, wall);
    return judgement.ok ? judgement.mismatches : judgement.reason;
  };
  it('agrees with ours', () => assert.deepEqual(mismatchesOf({}, {}), []));
  it('may list its addresses in another order', () => {
    const addresses = [...(ipv6.addresses ?? [])].reverse();
    assert.deepEqual(mismatchesOf(ipv6, { change: { ...ipv6, addresses }, path: group6 }), []);
  });
  it('may have other addresses and another interval, which is told', () =>
    assert.deepEqual(mismatchesOf({}, { change: { ...otherAddresses, advertisementInterval: milliseconds(10) } }), [
      'address-list',
      'interval',
    ]));
  it('counts once, where it is signed', () => {
    const bytes = bytesOf({ by: key });
    const first = judgePacket(receiver(hmac('enforce')), bytes, group, wall);
    if (!first.ok) assert.fail(first.reason);
    assert.deepEqual(judgePacket(receiver(hmac('enforce'), first.marks), bytes, group, wall), {
      ok: false,
      reason: 'authentication-replayed',
    });
  });
});

describe('a copy to the group and one to this host', () => {
  it('count both, whichever is read first', () => {
    const own = { ...hmac('enforce'), peers: [ip('10.0.0.2')], multicast: true };
    const checksum = 'rfc9568';
    const late = bytesOf({ change: { checksum }, by: key, at: wall });
    const early = bytesOf({ change: { checksum }, by: key, at: wall - 1 });
    const first = judgePacket(receiver(own), late, group, wall);
    if (!first.ok) assert.fail(first.reason);
    assert.equal(judgePacket(receiver(own, first.marks), early, direct, wall).ok, true);
    assert.equal(judgePacket(receiver(own, first.marks), early, group, wall).ok, false);
  });
});

describe('any packet', () => {
  it('counts or is dropped by name, whatever the bytes and the router', () => {
    const owns = fc.constantFrom(...Object.values(rows).flatMap((list) => list.map(([, own]) => own)));
    const routing = fc.constantFrom(group, direct, group6, direct6, hop(group6));
    const noise = fc.uint8Array({ maxLength: 80 });
    const damaged = fc
      .tuple(fc.constantFrom(...Object.values(rows).flat()), fc.nat(), fc.nat(255))
      .map(([[, , sent], at, value]) => Uint8Array.from(bytesOf(sent)).with(at % bytesOf(sent).length, value));
    fc.assert(
      fc.property(owns, routing, fc.oneof(noise, damaged), (own, path, bytes) => {
        const judgement = judgePacket(receiver(own), bytes, path, wall);
        assert.ok(judgement.ok || dropReasons.includes(judgement.reason));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a pair that moves from multicast to unicast', () => {
  const stages: Readonly<Record<string, (peer: IpAddress) => Partial<RouterConfig>>> = {
    multicast: () => ({}),
    both: (peer) => ({ peers: [peer], multicast: true }),
    unicast: (peer) => ({ peers: [peer], multicast: false }),
  };
  const hears = (to: string, from: string): boolean => {
    const own = { ...config, ...stages[to]?.(ip('10.0.0.2')) };
    const peer = { ...config, ...stages[from]?.(ip('10.0.0.1')) };
    return destinationsOf(peer).some((destination) => listensTo(own, { ...group, destination }));
  };
  for (const [left, right, together] of [
    ['multicast', 'both', true],
    ['both', 'both', true],
    ['both', 'unicast', true],
    ['unicast', 'unicast', true],
    ['multicast', 'unicast', false],
  ] as const)
    it(`${together ? 'hears itself' : 'would be deaf'} with one in ${left} and one in ${right}`, () =>
      assert.deepEqual([hears(left, right), hears(right, left)], [together, together]));
});

describe('of several routers with one id', () => {
  const router = (name: string, peers: readonly IpAddress[]) => ({
    config: { ...config, name, peers, multicast: false },
  });
  const routers = [router('a', [ip('10.0.0.2')]), router('b', [ip('10.0.0.3')])];
  for (const [source, expected] of [
    [ip('10.0.0.2'), 'a'],
    [ip('10.0.0.3'), 'b'],
    [ip('10.0.0.4'), 'a'],
  ] as const)
    it(`${expected} hears ${source}`, () =>
      assert.equal(receiverOf(routers, { ...direct, source })?.config.name, expected));
  it('none hears what there is no router for', () => assert.equal(receiverOf([], direct), undefined));
});

describe('the addresses of an advertisement', () => {
  it('RFC 9568 5.2.9: begin with a link-local one', () =>
    assert.equal(Buffer.from(bytesOf({ change: ipv6, path: group6 }).subarray(8, 10)).toString('hex'), 'fe80'));
});
