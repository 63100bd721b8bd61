// RFC 9568, rule by rule: sections 5 (the packet), 6 (the election) and 7 (sending and receiving), each test named by the section it holds to.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { internetChecksum } from '../../../net/checksum.ts';
import { ip } from '../../../net/ip-address.ts';
import { sourceOf } from '../../../vrrp/advertisement-source.ts';
import { step } from '../../../vrrp/election/election.ts';
import { masterDownInterval, type Self, skewTime } from '../../../vrrp/election/parameters.ts';
import { type Action, deadlineOf, type RouterEvent, type RouterState } from '../../../vrrp/election/router-state.ts';
import { destinationsOf } from '../../../vrrp/router.ts';
import { at, backup, config, group, group6, heard, ipv6, judged, master, owner, self, sent } from './one-router.ts';

/** The bytes with some changed, and the checksum made right again. */
const patched = (bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  for (const [index, value] of Object.entries(changes)) copy[Number(index)] = value;
  copy.set([0, 0], 6);
  new DataView(copy.buffer).setUint16(6, internetChecksum(copy));
  return copy;
};

const own4 = [
  { address: ip('10.0.0.2'), prefixLength: 24 },
  { address: ip('10.0.0.3'), prefixLength: 24 },
];
const own6 = [
  { address: ip('fd00::2'), prefixLength: 64 },
  { address: ip('fe80::2'), prefixLength: 64 },
];
const entries = [...own4, ...own6].map((entry) => ({ ...entry, interface: 'eth0', lifetime: 'forever' as const }));

const packet: Readonly<Record<string, () => void>> = {
  '5.1.1.1, 7.2: over IPv4 an advertisement leaves from the primary address of its interface': () =>
    assert.equal(sourceOf(config, new Set(), entries as never), ip('10.0.0.2')),
  '5.1.1.2, 7.2: it goes to 224.0.0.18': () => assert.deepEqual(destinationsOf(config), [ip('224.0.0.18')]),
  '5.1.1.3, 7.1: with a TTL other than 255 it is discarded': () => {
    for (const ttl of [0, 1, 64, 254]) assert.equal(judged(sent(), {}, { ...group, ttl }), 'ttl');
    assert.equal(judged(sent(), {}, group), 'counts');
  },
  '5.1.2.1, 7.2: over IPv6 it leaves from a link-local address': () =>
    assert.equal(sourceOf({ ...config, ...ipv6 }, new Set(), entries as never), ip('fe80::2')),
  '5.1.2.2, 7.2: it goes to ff02::12': () => assert.deepEqual(destinationsOf({ ...config, ...ipv6 }), [ip('ff02::12')]),
  '5.1.2.3, 7.1: with a hop limit other than 255 it is discarded': () => {
    for (const ttl of [0, 1, 64, 254]) assert.equal(judged(sent(ipv6, group6), ipv6, { ...group6, ttl }), 'ttl');
    assert.equal(judged(sent(ipv6, group6), ipv6, group6), 'counts');
  },
  '5.2.1, 7.1: it carries version 3, and another is discarded': () => {
    assert.equal((sent()[0] ?? 0) >> 4, 3);
    for (const version of [0, 1, 2, 4, 15])
      assert.notEqual(judged(patched(sent(), { 0: (version << 4) | 1 })), 'counts', `version ${version}`);
    assert.equal(judged(patched(sent(), { 0: 0x41 })), 'version');
  },
  '5.2.2, 7.1: it is of type 1, and another is discarded': () => {
    assert.equal((sent()[0] ?? 0) & 15, 1);
    for (const type of [0, 2, 15]) assert.equal(judged(patched(sent(), { 0: 0x30 | type })), 'type');
  },
  '5.2.3: it carries the id of its virtual router': () => {
    for (const virtualRouterId of [1, 51, 255]) assert.equal(sent({ virtualRouterId })[1], virtualRouterId);
  },
  '5.2.4: it carries the priority: 255 of the owner, 1 to 254 of others, 0 of a master that leaves': () => {
    for (const priority of [0, 1, 254, 255]) assert.equal(sent({}, group, priority)[2], priority);
  },
  '5.2.5: it counts its addresses, and one without any is ignored': () => {
    assert.equal(sent()[3], 1);
    assert.equal(sent(ipv6, group6)[3], 2);
    assert.equal(judged(sent({ addresses: [] })), 'address-list');
    assert.equal(judged(sent({ ...ipv6, addresses: [] }, group6), ipv6, group6), 'address-list');
  },
  '5.2.6: the reserved bits are sent as zeros and ignored': () => {
    assert.equal((sent({ advertisementInterval: milliseconds(40_950) })[4] ?? 0) >> 4, 0);
    const [high = 0] = sent().subarray(4);
    assert.equal(judged(patched(sent(), { 4: high | 0xf0 })), 'counts');
  },
  '5.2.7: the interval is in centiseconds, up to 40.95 s': () => {
    const view = (interval: number): number =>
      new DataView(sent({ advertisementInterval: milliseconds(interval) }).buffer).getUint16(4);
    assert.deepEqual([10, 1000, 40_950].map(view), [1, 100, 4095]);
  },
  '5.2.8, 7.1: the checksum covers every byte, over IPv6 the addresses of the packet too': () => {
    const damaged = (bytes: Uint8Array, index: number): Uint8Array => bytes.with(index, (bytes[index] ?? 0) ^ 1);
    for (const index of [2, 4, 5, 6, 7, 8, 11]) assert.equal(judged(damaged(sent(), index)), 'checksum');
    const bytes = sent(ipv6, group6);
    for (const index of [2, 6, 8, 39]) assert.equal(judged(damaged(bytes, index), ipv6, group6), 'checksum');
    assert.equal(judged(bytes, ipv6, { ...group6, source: ip('fe80::3') }), 'checksum');
  },
  '5.2.8: over IPv4 the checksum covers the message alone': () =>
    assert.equal(judged(sent(), {}, { ...group, source: ip('10.0.0.9') }), 'counts'),
  '5.2.9: over IPv6 a link-local address comes first': () =>
    assert.equal(Buffer.from(sent(ipv6, group6).subarray(8, 10)).toString('hex'), 'fe80'),
};

const reception: Readonly<Record<string, () => void>> = {
  '7.1: the packet is complete: fixed fields and addresses': () => {
    const bytes = sent();
    for (let length = 0; length < bytes.length; length += 1)
      assert.equal(judged(bytes.subarray(0, length)), 'truncated', `${length} bytes`);
    assert.equal(judged(patched(bytes, { 3: 2 })), 'truncated');
  },
  '7.1: the interval is not 0 (erratum 8301)': () => {
    assert.equal(judged(patched(sent(), { 4: 0, 5: 0 })), 'interval');
    assert.equal(judged(patched(sent(), { 4: 0xf0, 5: 0 })), 'interval');
  },
  '7.1: the local router does not own the addresses': () => assert.equal(judged(sent(), { priority: 255 }), 'owner'),
  '7.1: other addresses are told, and discarded only where that is configured': () => {
    const other = { addresses: [{ address: ip('10.0.0.101'), prefixLength: 32 }] };
    assert.equal(judged(sent(other)), 'counts');
    assert.equal(judged(sent(other), { addressMismatch: 'drop' }), 'address-list');
  },
  '7.1: another interval counts': () =>
    assert.equal(judged(sent({ advertisementInterval: milliseconds(2000) })), 'counts'),
  '7.2: every field is filled in, and the sum of all of them is right': () => {
    const bytes = sent({}, group, 150);
    assert.equal(Buffer.from(bytes).toString('hex'), `31339601${'0064'}${'2e03'}0a000064`);
    assert.equal(internetChecksum(bytes), 0);
  },
};

const timer: RouterEvent = { type: 'timer' };
const types = (actions: readonly Action[]): string[] => actions.map(({ type }) => type);
const after = (from: RouterState, event: RouterEvent, now: number, own: Self = self) => step(own, from, event, at(now));
const deadlineAfter = (from: RouterState, event: RouterEvent, now: number, own: Self = self): number | undefined =>
  deadlineOf(after(from, event, now, own)[0]);
const promoted = (own: Self, now: number) =>
  after({ name: 'candidate', masterInterval: own.interval }, { type: 'promote' }, now, own);

const election: Readonly<Record<string, () => void>> = {
  '6.1: skew time is (256 - priority) / 256 of the master’s interval': () =>
    assert.deepEqual([skewTime(self, milliseconds(1000)), skewTime(owner, milliseconds(2560))], [500, 10]),
  '6.1: the master down interval is three of its intervals and the skew time': () =>
    assert.equal(masterDownInterval(self, milliseconds(2000)), 7000),
  '6.4.1: the owner becomes master at startup': () =>
    assert.equal(after({ name: 'initialize' }, { type: 'startup' }, 0, owner)[0].name, 'candidate'),
  '6.4.1: a new master advertises, announces its addresses, and sets its timer': () => {
    const [state, actions] = promoted(owner, 500);
    assert.deepEqual([state.name, deadlineOf(state)], ['master', 1500]);
    assert.deepEqual(types(actions), ['reconcile', 'announce', 'advertise']);
  },
  '6.4.1: others become backups, and count with their own interval until they hear another': () =>
    assert.deepEqual(after({ name: 'initialize' }, { type: 'startup' }, 100), [{ ...backup, deadline: at(3600) }, []]),
  '6.4.2: a shutdown leads to initialize': () =>
    assert.deepEqual(after(backup, { type: 'shutdown' }, 0), [{ name: 'initialize' }, []]),
  '6.4.2: when the master down timer fires it becomes master, and not before': () => {
    assert.equal(after(backup, timer, 3499)[0].name, 'backup');
    assert.equal(after(backup, timer, 3500)[0].name, 'candidate');
    assert.deepEqual(types(promoted(self, 3500)[1]), ['reconcile', 'announce', 'advertise']);
  },
  '6.4.2: priority 0 sets the timer to the skew time': () => assert.equal(deadlineAfter(backup, heard(0), 100), 600),
  '6.4.2: a priority that is not lower sets it to the master down interval of what the packet says': () => {
    for (const priority of [128, 129, 255])
      assert.equal(deadlineAfter(backup, heard(priority, ip('10.0.0.1'), 2000), 100), 7100);
  },
  '6.4.2: so does any priority without preemption': () =>
    assert.equal(deadlineAfter(backup, heard(1, ip('10.0.0.1'), 2000), 100, { ...self, preempt: false }), 7100),
  '6.4.2: with preemption a lower priority is discarded': () => {
    assert.equal(deadlineAfter(backup, heard(127), 100), 3500);
    assert.equal(deadlineAfter(backup, heard(127, ip('10.0.0.1'), 2000), 100), 3500);
  },
  '6.4.3: a shutdown sends priority 0 and leads to initialize': () => {
    const [state, actions] = after(master, { type: 'shutdown' }, 0);
    assert.deepEqual(actions.at(-1), { type: 'advertise', priority: 0 });
    assert.equal(after(state, heard(100), 10)[0].name, 'initialize');
  },
  '6.4.3: the timer sends an advertisement and is set to the interval': () => {
    const [state, actions] = after(master, timer, 1000);
    assert.deepEqual([deadlineOf(state), actions], [2000, [{ type: 'advertise', priority: 128 }]]);
  },
  '6.4.3: priority 0 is answered at once, and the timer set anew': () => {
    const [state, actions] = after(master, heard(0), 300);
    assert.deepEqual([state.name, deadlineOf(state), types(actions)[0]], ['master', 1300, 'advertise']);
  },
  '6.4.3: to a higher priority it yields, with the interval of the packet': () => {
    const [state] = after(master, heard(129, ip('10.0.0.1'), 2000), 300);
    assert.deepEqual([state.name, deadlineOf(state)], ['backup', 7300]);
  },
  '6.4.3: to an equal priority it yields if the sender’s address is higher as an unsigned number': () => {
    const names = [ip('10.0.0.1'), ip('9.255.255.255'), ip('10.0.0.3'), ip('10.0.0.10'), ip('192.0.0.1')].map(
      (source) => after(master, heard(128, source), 0)[0].name,
    );
    assert.deepEqual(names, ['master', 'master', 'backup', 'backup', 'backup']);
    const own6: Self = { ...self, primaryAddress: ip('fe80::2') };
    const names6 = [ip('fe80::1'), ip('fe80::3'), ip('fe80::1:0')].map(
      (source) => after(master, heard(128, source), 0, own6)[0].name,
    );
    assert.deepEqual(names6, ['master', 'backup', 'backup']);
  },
  '6.4.3: anything else is discarded, and answered at once': () => {
    for (const event of [heard(127, ip('10.0.0.9')), heard(1), heard(128, ip('10.0.0.1'))]) {
      const [state, actions] = after(master, event, 300);
      assert.deepEqual([state.name, types(actions)[0]], ['master', 'advertise']);
    }
  },
};

for (const [title, rules] of Object.entries({
  'sections 5 and 7.2: the packet': packet,
  'section 7.1': reception,
  'sections 6.1 and 6.4': election,
}))
  describe(`RFC 9568, ${title}`, () => {
    for (const [rule, holds] of Object.entries(rules)) it(rule, holds);
  });
