// Lines that tcpdump 4.99 and iproute2 6.1 really printed, beside what they mean.

import { deepEqual, equal } from 'node:assert/strict';
import { parseAddressLine } from '../../../drill/capture/addresses.ts';
import { type Sighting, sightingOf } from '../../../lab/capture.ts';
import { findTakeover } from '../../../lab/timeline.ts';

const frames: readonly { what: string; line: string; sighting: Sighting | undefined }[] = [
  {
    what: 'an advertisement',
    line: '1795406053.902880 02:00:c0:a8:37:0c > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 46: 192.168.55.12 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 100, intvl 100cs, length 12',
    sighting: {
      type: 'advertisement',
      time: 1795406053902.88,
      by: 'lb1',
      network: '55',
      routerId: 51,
      priority: 100,
    },
  },
  {
    what: 'a farewell of version 2',
    line: '1795406056.219417 02:00:c0:a8:42:0b > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 54: 192.168.66.11 > 224.0.0.18: VRRPv2, Advertisement, vrid 52, prio 0, authtype none, intvl 1s, length 20',
    sighting: { type: 'advertisement', time: 1795406056219.417, by: 'lb0', network: '55', routerId: 52, priority: 0 },
  },
  {
    what: 'a gratuitous ARP request',
    line: '1795406053.903362 02:00:c0:a8:37:0c > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 192.168.55.100 (ff:ff:ff:ff:ff:ff) tell 192.168.55.100, length 28',
    sighting: { type: 'announcement', time: 1795406053903.362, by: 'lb1', network: '55', address: '192.168.55.100' },
  },
  {
    what: 'a gratuitous ARP reply',
    line: '1795406053.903362 02:00:c0:a8:37:0b > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Reply 192.168.55.100 is-at 02:00:c0:a8:37:0b, length 28',
    sighting: { type: 'announcement', time: 1795406053903.362, by: 'lb0', network: '55', address: '192.168.55.100' },
  },
  {
    what: "a stranger's advertisement",
    line: '1795406053.902880 0a:00:c0:a8:37:0c > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 46: 192.168.55.99 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 100, intvl 100cs, length 12',
    sighting: { type: 'advertisement', time: 1795406053902.88, network: '55', routerId: 51, priority: 100 },
  },
  {
    what: 'an ordinary ARP request',
    line: '1795406053.903362 02:00:c0:a8:37:c8 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 192.168.55.100 tell 192.168.55.200, length 28',
    sighting: undefined,
  },
  {
    what: 'the answer to one',
    line: '1795406053.903362 02:00:c0:a8:37:0b > 02:00:c0:a8:37:c8, ethertype ARP (0x0806), length 42: Reply 192.168.55.100 is-at 02:00:c0:a8:37:0b, length 28',
    sighting: { type: 'answer', time: 1795406053903.362, by: 'lb0', network: '55', address: '192.168.55.100' },
  },
  {
    what: 'an advertisement to a unicast peer',
    line: '1795406053.902880 02:00:c0:a8:37:0c > 02:00:c0:a8:37:0b, ethertype IPv4 (0x0800), length 46: 192.168.55.12 > 192.168.55.11: VRRPv3, Advertisement, vrid 51, prio 100, intvl 100cs, length 12',
    sighting: { type: 'advertisement', time: 1795406053902.88, by: 'lb1', network: '55', routerId: 51, priority: 100 },
  },
  {
    what: 'an unsolicited neighbour advertisement',
    line: '1795406053.902880 02:00:c0:a8:37:0c > 33:33:00:00:00:01, ethertype IPv6 (0x86dd), length 86: fe80::1 > ff02::1: ICMP6, neighbor advertisement, tgt is fd00::100, length 32',
    sighting: { type: 'announcement', time: 1795406053902.88, by: 'lb1', network: '55', address: 'fd00::100' },
  },
  { what: 'no frame', line: 'tcpdump: listening on y', sighting: undefined },
];

describe('a line of tcpdump', () => {
  for (const { what, line, sighting } of frames) {
    it(`shows ${what}`, () => deepEqual(sightingOf(line, '55'), sighting));
  }
});

describe('a line of ip monitor address', () => {
  it('shows an address that came', () => {
    const line = '[2026-11-23T03:54:13.903070] 2: x    inet 192.168.55.100/32 scope global x\\       valid_lft forever';
    deepEqual(parseAddressLine(line), {
      time: Date.UTC(2026, 10, 23, 3, 54, 13) + 903.07,
      address: '192.168.55.100',
      held: true,
    });
  });

  it('shows an address that went', () => {
    const line =
      '[2026-11-23T03:54:16.219499] Deleted 2: x    inet 192.168.55.100/32 scope global x\\       valid_lft 2sec';
    equal(parseAddressLine(line)?.held, false);
  });

  it('shows the address of a list, without a time, with its lease', () => {
    const line = '2: x    inet6 fd00::100/128 scope global dynamic \\       valid_lft 2sec preferred_lft 2sec';
    deepEqual(parseAddressLine(line), { address: 'fd00::100', held: true, lease: 2000 });
  });
});

describe('the timeline of a takeover', () => {
  const advertisement = (time: number, by: 'lb0' | 'lb1', routerId = 51): Sighting => ({
    type: 'advertisement',
    time,
    by,
    network: '55',
    routerId,
    priority: 100,
  });
  const question = { from: 'lb0', to: 'lb1', cut: 1300, address: '192.168.55.100', routerId: 51 } as const;
  const sightings: readonly Sighting[] = [
    { type: 'announcement', time: 100, by: 'lb1', network: '55', address: '192.168.55.100' },
    advertisement(1000, 'lb0'),
    advertisement(1200, 'lb0', 52),
    { type: 'address', time: 4601, by: 'lb1', address: '192.168.66.100', held: true },
    { type: 'address', time: 4602, by: 'lb1', address: '192.168.55.100', held: true },
    { type: 'announcement', time: 4602.5, by: 'lb1', network: '66', address: '192.168.55.100' },
    { type: 'announcement', time: 4603, by: 'lb1', network: '55', address: '192.168.55.100' },
    advertisement(4604, 'lb1'),
    { type: 'address', time: 5602, by: 'lb1', address: '192.168.55.100', held: true },
    advertisement(9000, 'lb0'),
  ];

  it('takes the last advertisement before the successor spoke and the first of everything after the cut', () => {
    deepEqual(findTakeover(sightings, question), {
      from: 'lb0',
      to: 'lb1',
      cut: 1300,
      lastAdvertisement: 1000,
      addressAdded: 4602,
      firstAnnouncement: 4603,
      firstAdvertisement: 4604,
    });
  });

  it('counts an advertisement that passed while the cut was carried out', () => {
    const late = [...sightings, advertisement(1301, 'lb0')].sort((one, other) => one.time - other.time);
    equal(findTakeover(late, question).lastAdvertisement, 1301);
  });

  it('leaves out what was not seen', () => {
    deepEqual(findTakeover([], question), { from: 'lb0', to: 'lb1', cut: 1300 });
  });
});
