// The election, rule by rule of RFC 9568 6, and what goes beyond it: stepping down after a sleep, leaving in peace.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, milliseconds } from '../../../config/units.ts';
import { formatAddress } from '../../../kernel/ip-address.ts';
import {
  type Action,
  deadlineOf,
  holdsAddresses,
  isReady,
  masterDownInterval,
  outranks,
  type RouterEvent,
  type RouterState,
  type Self,
  skewTime,
  step,
} from '../../../vrrp/election.ts';

const at = (value: number): Instant => value as Instant;
/** Skew 500 ms, master down 3500 ms. */
const self: Self = {
  version: 3,
  priority: 128,
  interval: milliseconds(1000),
  downAfter: 3,
  preempt: true,
  primaryAddress: '10.0.0.2',
};
const owner: Self = { ...self, priority: 255 };
const masterInterval = self.interval;
const heard = (priority: number, source = '10.0.0.1', interval = 1000): RouterEvent => ({
  type: 'advertisement',
  source,
  priority,
  interval: milliseconds(interval),
});
const timer: RouterEvent = { type: 'timer' };
const initialize: RouterState = { name: 'initialize' };
const backup: RouterState = { name: 'backup', deadline: at(3500), masterInterval };
const candidate: RouterState = { name: 'candidate', masterInterval };
const master: RouterState = { name: 'master', deadline: at(1000), lastSent: at(0) };
const leaving: RouterState = { name: 'leaving', deadline: at(2000) };
const reconcile: Action = { type: 'reconcile' };
const announce: Action = { type: 'announce' };
const advertise: Action = { type: 'advertise', priority: 128 };
const farewell: Action = { type: 'advertise', priority: 0 };

describe('timers (RFC 9568 6.1)', () => {
  const rows = [
    { version: 3, priority: 128, interval: 1000, skew: 500, down: 3500 },
    { version: 3, priority: 100, interval: 2560, skew: 1560, down: 9240 },
    { version: 3, priority: 128, interval: 10, skew: 5, down: 35 },
    { version: 2, priority: 128, interval: 1000, skew: 500, down: 3500 },
    { version: 2, priority: 128, interval: 4000, skew: 500, down: 12_500 },
  ] as const;
  for (const { version, priority, interval, skew, down } of rows)
    it(`version ${version}, priority ${priority}, every ${interval} ms: skew ${skew} ms, down after ${down} ms`, () => {
      const router = { version, priority, downAfter: 3 };
      assert.equal(skewTime(router, milliseconds(interval)), skew);
      assert.equal(masterDownInterval(router, milliseconds(interval)), down);
    });
  it('counts as many intervals as configured', () =>
    assert.equal(masterDownInterval({ ...self, downAfter: 5 }, milliseconds(1000)), 5500));
});

type Row = {
  readonly name: string;
  readonly self?: Self;
  readonly from: RouterState;
  readonly event: RouterEvent;
  readonly now?: number;
  readonly to: RouterState;
  readonly actions?: readonly Action[];
};
const listenedTo = { address: '10.0.0.1', priority: 200 };
const learned = (now: number, priority: number, address = '10.0.0.1', interval = 1000): RouterState => ({
  name: 'backup',
  deadline: at(now + 3.5 * interval),
  masterInterval: milliseconds(interval),
  master: { address, priority },
  lastHeard: at(now),
});
const rules: Readonly<Record<string, readonly Row[]>> = {
  'initialize (RFC 9568 6.4.1)': [
    { name: 'the owner is ready at once', self: owner, from: initialize, event: { type: 'startup' }, to: candidate },
    { name: 'others listen for the master down interval', from: initialize, event: { type: 'startup' }, to: backup },
    { name: 'nothing else starts it', from: initialize, event: heard(1), to: initialize },
  ],
  'backup (RFC 9568 6.4.2)': [
    { name: 'an early timer is nothing', from: backup, event: timer, now: 3499, to: backup },
    { name: 'silence makes it ready', from: backup, event: timer, now: 3500, to: candidate },
    {
      name: 'once promoted: addresses, gratuitous ARP, advertisement',
      from: candidate,
      event: { type: 'promote' },
      now: 3500,
      to: { name: 'master', deadline: at(4500), lastSent: at(3500) },
      actions: [reconcile, announce, advertise],
    },
    { name: 'is not promoted before it is ready', from: backup, event: { type: 'promote' }, to: backup },
    {
      name: 'a farewell leaves the skew time',
      from: learned(0, 200),
      event: heard(0),
      now: 100,
      to: { ...learned(0, 200), deadline: at(600), resigned: listenedTo } as RouterState,
    },
    {
      name: 'a farewell takes the skew time of the interval learned',
      from: learned(0, 200, '10.0.0.1', 2000),
      event: heard(0, '10.0.0.1', 2000),
      now: 100,
      to: { ...learned(0, 200, '10.0.0.1', 2000), deadline: at(1100), resigned: listenedTo } as RouterState,
    },
    { name: 'a higher priority resets the timer', from: backup, event: heard(200), now: 900, to: learned(900, 200) },
    { name: 'an equal priority resets the timer', from: backup, event: heard(128), now: 900, to: learned(900, 128) },
    {
      name: 'with preemption a lower priority is discarded',
      from: backup,
      event: heard(127),
      now: 900,
      to: { ...backup, outranked: { address: '10.0.0.1', priority: 127 } },
    },
    {
      name: 'without preemption a lower priority resets the timer',
      self: { ...self, preempt: false },
      from: backup,
      event: heard(127),
      now: 900,
      to: learned(900, 127),
    },
    {
      name: 'the interval is learned from the master',
      from: backup,
      event: heard(200, '10.0.0.1', 2000),
      now: 900,
      to: learned(900, 200, '10.0.0.1', 2000),
    },
    {
      name: 'version 2 learns no interval (RFC 3768 6.4.2)',
      self: { ...self, version: 2 },
      from: backup,
      event: heard(200, '10.0.0.1', 2000),
      now: 900,
      to: learned(900, 200),
    },
    { name: 'a candidate still yields to a master', from: candidate, event: heard(200), to: learned(0, 200) },
    { name: 'a candidate needs no farewell', from: candidate, event: heard(0), to: candidate },
    { name: 'shutdown', from: backup, event: { type: 'shutdown' }, to: initialize },
    { name: 'a fault', from: backup, event: { type: 'fault', reason: 'link' }, to: initialize },
  ],
  'master (RFC 9568 6.4.3)': [
    { name: 'an early timer is nothing', from: master, event: timer, now: 999, to: master },
    {
      name: 'the timer advertises and keeps the beat',
      from: master,
      event: timer,
      now: 1030,
      to: { name: 'master', deadline: at(2000), lastSent: at(1030) },
      actions: [advertise],
    },
    {
      name: 'a beat that is lost starts anew',
      from: master,
      event: timer,
      now: 2500,
      to: { name: 'master', deadline: at(3500), lastSent: at(2500) },
      actions: [advertise],
    },
    {
      name: 'priority 0 is answered at once, and announced again',
      from: master,
      event: heard(0),
      now: 300,
      to: { name: 'master', deadline: at(1300), lastSent: at(300) },
      actions: [advertise, { type: 'announce' }],
    },
    {
      name: 'a higher priority wins, and hears one last advertisement',
      from: master,
      event: heard(129),
      now: 300,
      to: learned(300, 129),
      actions: [reconcile, advertise],
    },
    {
      name: 'the winner sets the interval',
      from: master,
      event: heard(129, '10.0.0.1', 500),
      now: 300,
      to: learned(300, 129, '10.0.0.1', 500),
      actions: [reconcile, advertise],
    },
    {
      name: 'a tie goes to the higher address, compared as a number',
      from: master,
      event: heard(128, '10.0.0.10'),
      to: learned(0, 128, '10.0.0.10'),
      actions: [reconcile, advertise],
    },
    {
      name: 'a tie with a lower address is answered and announced',
      from: master,
      event: heard(128, '10.0.0.1'),
      now: 300,
      to: { name: 'master', deadline: at(1300), lastSent: at(300) },
      actions: [advertise, announce],
    },
    {
      name: 'a lower priority is answered and announced',
      from: master,
      event: heard(127, '10.0.0.9'),
      now: 300,
      to: { name: 'master', deadline: at(1300), lastSent: at(300) },
      actions: [advertise, announce],
    },
    {
      name: 'a fault takes the addresses away before the farewell',
      from: master,
      event: { type: 'fault', reason: 'link' },
      to: initialize,
      actions: [reconcile, farewell],
    },
    {
      name: 'a retreat of the group makes it a backup',
      from: master,
      event: { type: 'retreat', member: 'other' },
      to: backup,
      actions: [reconcile, farewell],
    },
  ],
  'a master that slept': [
    {
      name: 'advertises on just before it may have been replaced',
      from: master,
      event: timer,
      now: 2999,
      to: { name: 'master', deadline: at(3999), lastSent: at(2999) },
      actions: [advertise],
    },
    {
      name: 'steps down without a word when it may have been replaced',
      from: master,
      event: timer,
      now: 3000,
      to: { name: 'backup', deadline: at(4500), masterInterval },
      actions: [reconcile],
    },
    {
      name: 'rules on if it owns the addresses',
      self: owner,
      from: master,
      event: timer,
      now: 3000,
      to: { name: 'master', deadline: at(4000), lastSent: at(3000) },
      actions: [{ type: 'advertise', priority: 255 }],
    },
  ],
  'shutdown of a master (RFC 9568 6.4.3)': [
    {
      name: 'says farewell and keeps the addresses for the successor',
      self: { ...self, interval: milliseconds(2560) },
      from: master,
      event: { type: 'shutdown' },
      to: { name: 'leaving', deadline: at(5110) },
      actions: [reconcile, farewell],
    },
    { name: 'ends when the successor speaks', from: leaving, event: heard(100), to: initialize, actions: [reconcile] },
    { name: 'does not end by another farewell', from: leaving, event: heard(0), to: leaving },
    { name: 'waits until its deadline', from: leaving, event: timer, now: 1999, to: leaving },
    {
      name: 'ends at its deadline',
      from: leaving,
      event: timer,
      now: 2000,
      to: initialize,
      actions: [reconcile],
    },
    {
      name: 'ends in a fault',
      from: leaving,
      event: { type: 'fault', reason: 'link' },
      to: initialize,
      actions: [reconcile],
    },
  ],
};
for (const [section, rows] of Object.entries(rules))
  describe(section, () => {
    for (const { name, self: router = self, from, event, now = 0, to, actions = [] } of rows)
      it(name, () => assert.deepEqual(step(router, from, event, at(now)), [to, actions]));
  });

describe('what hangs on a state', () => {
  const rows: { state: RouterState; holds: boolean; ready: boolean; deadline: number | undefined }[] = [
    { state: initialize, holds: false, ready: false, deadline: undefined },
    { state: backup, holds: false, ready: false, deadline: 3500 },
    { state: candidate, holds: false, ready: true, deadline: undefined },
    { state: master, holds: true, ready: true, deadline: 1000 },
    { state: leaving, holds: true, ready: false, deadline: 2000 },
  ];
  for (const { state, holds, ready, deadline } of rows)
    it(state.name, () =>
      assert.deepEqual([holdsAddresses(state), isReady(state), deadlineOf(state)], [holds, ready, deadline]),
    );

  for (const [one, other] of [
    ['fe80::10', 'fe80::9'],
    ['fe80:0:0:1::', 'fe80::ffff:ffff:ffff:ffff'],
    ['fe80::1:0:0:1', 'fe80::ffff:1'],
    ['10.0.0.10', '10.0.0.9'],
  ] as const)
    it(`orders addresses as numbers of all their bits: ${one} outranks ${other} (RFC 9568 6.4.3)`, () => {
      const ranks = (address: string, primaryAddress: string): boolean =>
        outranks({ address, priority: 100 }, { priority: 100, primaryAddress });
      assert.deepEqual([ranks(one, other), ranks(other, one), ranks(one, one)], [true, false, false]);
    });

  for (const [family, address] of [
    ['IPv4', fc.ipV4()],
    ['IPv6', fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatAddress)],
  ] as const)
    it(`lets exactly one of two routers outrank the other over ${family}`, () => {
      const peer = fc.record({ address, priority: fc.integer({ min: 126, max: 128 }) });
      fc.assert(
        fc.property(peer, peer, (one, other) => {
          fc.pre(one.address !== other.address);
          const wins = outranks(one, { ...other, primaryAddress: other.address });
          assert.notEqual(wins, outranks(other, { ...one, primaryAddress: one.address }));
        }),
      );
    });
});
