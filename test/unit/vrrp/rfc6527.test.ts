// The statistics of RFC 6527: each object is caused by packets or transitions, and read under the name that docs/monitoring gives it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { milliseconds } from '../../../base/units.ts';
import type { RouterConfig } from '../../../config/model/model.ts';
import { internetChecksum } from '../../../net/checksum.ts';
import { ip } from '../../../net/ip-address.ts';
import { newMasterReasonOf, type ReasonCode } from '../../../vrrp/election/reason.ts';
import { createHearing } from '../../../vrrp/protocol/hearing.ts';
import type { PacketHeader } from '../../../vrrp/protocol/packet.ts';
import { createStrays } from '../../../vrrp/protocol/strays.ts';
import { noWatch } from '../../../vrrp/rivals/rivals.ts';
import { createRouter, type Router } from '../../../vrrp/router.ts';
import { statusOf } from '../../../vrrp/router-status.ts';
import type { InterfaceStatus, RouterStatus } from '../../../vrrp/status.ts';
import { at, backup, config, group, self, sent } from './one-router.ts';

const place = { interface: 'eth0', family: 'ipv4' } as const;

/** A router that hears packets, and what its status says then. */
const hearing = (change: Partial<RouterConfig> = {}) => {
  const router: Router = createRouter({ ...config, ...change }, 'group', { now: at(0), wall: Date.now() });
  const strays = createStrays(Date.now());
  const receive = createHearing({
    routers: new Map([['vip', router]]),
    ports: { clock: () => at(0), wall: () => 0 },
    strays,
    emit: () => undefined,
    take: () => undefined,
  });
  const tracking = {
    judgementOf: () => ({ base: 128, effective: 128, faults: [], awaited: [], changes: [] }),
    trackedBy: () => [],
  };
  return {
    hear: (bytes: Uint8Array, header: PacketHeader = group) =>
      receive({ place, ownSources: new Set(), interfaceIndex: 2, packets: [{ ...header, payload: bytes }] }),
    router: () => statusOf(router, self, backup, noWatch, false, group.source, tracking as never, at(0), 0),
    interfaces: () => strays.status(),
  };
};

const changed = (index: number, value: number): Uint8Array => {
  const bytes = Uint8Array.from(sent()).with(index, value);
  bytes.set([0, 0], 6);
  new DataView(bytes.buffer).setUint16(6, internetChecksum(bytes));
  return bytes;
};
const damaged = sent().with(2, 7);
const otherVersion = changed(0, 0x41);
const unknownId = sent({ virtualRouterId: 52 });
const other = { addresses: [{ address: ip('10.0.0.101'), prefixLength: 32 }] };

type Row = {
  readonly object: string;
  readonly own?: Partial<RouterConfig>;
  readonly packets: readonly (readonly [Uint8Array, PacketHeader?])[];
  readonly read: (router: RouterStatus, interfaces: readonly InterfaceStatus[]) => unknown;
  readonly expected: unknown;
};
const rows: readonly Row[] = [
  { object: 'vrrpv3RouterChecksumErrors', packets: [[damaged]], read: (one) => one.dropped.checksum, expected: 1 },
  { object: 'vrrpv3RouterVersionErrors', packets: [[otherVersion]], read: (one) => one.dropped.version, expected: 1 },
  {
    object: 'vrrpv3RouterVrIdErrors',
    packets: [[unknownId], [unknownId]],
    read: (_, interfaces) => interfaces.map((one) => [one.interface, one.family, one.dropped]),
    expected: [['eth0', 'ipv4', { 'virtual-router-id': 2 }]],
  },
  {
    object: 'vrrpv3GlobalStatisticsDiscontinuityTime',
    packets: [[unknownId]],
    read: (_, [one]) => Date.now() - (one?.countedSince ?? 0) < 60_000,
    expected: true,
  },
  {
    object: 'vrrpv3StatisticsRcvdAdvertisements',
    packets: [[sent()], [sent()]],
    read: (one) => one.received,
    expected: 2,
  },
  {
    object: 'vrrpv3StatisticsAdvIntervalErrors',
    packets: [[changed(5, 0)], [sent({ advertisementInterval: milliseconds(2000) })]],
    read: (one) => [one.dropped.interval, one.mismatched.interval],
    expected: [1, 1],
  },
  {
    object: 'vrrpv3StatisticsIpTtlErrors',
    packets: [[sent(), { ...group, ttl: 254 }]],
    read: (one) => one.dropped.ttl,
    expected: 1,
  },
  ...(
    [
      ['none', sent(), group],
      ['ttl', sent(), { ...group, ttl: 254 }],
      ['version', otherVersion, group],
      ['checksum', damaged, group],
    ] as const
  ).map(
    ([error, bytes, path]): Row => ({
      object: 'vrrpv3StatisticsProtoErrReason',
      packets: [[bytes, path]],
      read: (one) => one.protocolError,
      expected: error,
    }),
  ),
  {
    object: 'vrrpv3StatisticsRcvdPriZeroPackets',
    packets: [[sent({}, group, 0)], [sent()]],
    read: (one) => one.farewellsReceived,
    expected: 1,
  },
  { object: 'vrrpv3StatisticsSentPriZeroPackets', packets: [], read: (one) => one.farewellsSent, expected: 0 },
  {
    object: 'vrrpv3StatisticsRcvdInvalidTypePackets',
    packets: [[changed(0, 0x32)]],
    read: (one) => one.dropped.type,
    expected: 1,
  },
  {
    object: 'vrrpv3StatisticsAddressListErrors',
    own: { addressMismatch: 'drop' },
    packets: [[sent({ addresses: [] })], [sent(other)]],
    read: (one) => one.dropped['address-list'],
    expected: 2,
  },
  {
    object: 'vrrpv3StatisticsAddressListErrors',
    packets: [[sent(other)]],
    read: (one) => one.mismatched['address-list'],
    expected: 1,
  },
  {
    object: 'vrrpv3StatisticsPacketLengthErrors',
    packets: [[sent().subarray(0, 11)], [Uint8Array.from([...sent(), 0])]],
    read: (one) => [one.dropped.truncated, one.dropped.length],
    expected: [1, 1],
  },
  { object: 'vrrpv3StatisticsMasterTransitions', packets: [], read: (one) => one.transitionsToMaster, expected: 0 },
  {
    object: 'vrrpv3StatisticsNewMasterReason',
    packets: [],
    read: (one) => one.newMasterReason,
    expected: 'not-master',
  },
  {
    object: 'vrrpv3StatisticsRowDiscontinuityTime',
    packets: [],
    read: (one) => Date.now() - one.countedSince < 60_000,
    expected: true,
  },
];

describe('the statistics of RFC 6527', () => {
  for (const { object, own, packets, read, expected } of rows)
    it(`${object} shows: ${JSON.stringify(expected)}`, () => {
      const { hear, router, interfaces } = hearing(own);
      for (const [bytes, path] of packets) hear(bytes, path);
      assert.deepEqual(read(router(), interfaces()), expected);
    });

  for (const [code, reason] of [
    ['owner', 'priority'],
    ['resumed', 'priority'],
    ['preempts', 'preempted'],
    ['no-advertisement', 'master-no-response'],
    ['farewell', 'master-no-response'],
    ['peer-lost', 'master-no-response'],
  ] as const satisfies readonly (readonly [ReasonCode, string])[])
    it(`vrrpv3StatisticsNewMasterReason of ${code} is ${reason}`, () =>
      assert.equal(newMasterReasonOf({ code, text: '' }), reason));

  it('are named in the documentation', () => {
    const page = readFileSync('docs/monitoring/README.md', 'utf8');
    const objects = [...new Set([...rows.map(({ object }) => object), 'vrrpv3StatisticsRefreshRate'])];
    assert.deepEqual(
      objects.filter((object) => !page.includes(`\`${object}\``)),
      [],
    );
  });
});
