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
const patient: Self = { ...self, preempt: false };
const delayed: Self = { ...self, preemptDelay: milliseconds(2000) };
const lesser = { address: '10.0.0.1', priority: 100 };
const borneWith = (now: number, preemptAt: number): RouterState => ({
  name: 'backup',
  deadline: at(Math.min(now + 3500, preemptAt)),
  masterInterval,
  master: lesser,
  lastHeard: at(now),
  outranked: lesser,
  preemptAt: at(preemptAt),
});
const contested = (until: number): RouterState => ({
  name: 'master',
  deadline: at(1300),
  lastSent: at(300),
  contest: {
    peer: { address: '10.0.0.9', priority: 200 },
    interval: masterInterval,
    heardAt: at(300),
    until: at(until),
  },
});
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
      name: 'speaks before it is announced where the master has said farewell and waits for that',
      from: { ...candidate, resigned: lesser } as RouterState,
      event: { type: 'promote' },
      now: 3500,
      to: { name: 'master', deadline: at(4500), lastSent: at(3500) },
      actions: [reconcile, advertise, announce],
    },
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
  'preemption off (RFC 9568 6.1, 6.4.2), between two masters, too': [
    {
      name: 'a master gives way to one of lower priority, by a farewell',
      self: patient,
      from: master,
      event: heard(100),
      now: 300,
      to: learned(300, 100),
      actions: [reconcile, farewell],
    },
    {
      name: 'a master that hears a higher priority answers and waits a moment for its farewell',
      self: patient,
      from: master,
      event: heard(200, '10.0.0.9'),
      now: 300,
      to: contested(400),
      actions: [advertise],
    },
    {
      name: 'at a short interval it waits no longer than that',
      self: { ...patient, interval: milliseconds(10) },
      from: { ...master, lastSent: at(295) } as RouterState,
      event: heard(200, '10.0.0.9'),
      now: 300,
      to: { ...contested(310), deadline: at(310) } as RouterState,
      actions: [advertise],
    },
    {
      name: 'the farewell leaves it master',
      self: patient,
      from: contested(400),
      event: heard(0, '10.0.0.9'),
      now: 310,
      to: { name: 'master', deadline: at(1310), lastSent: at(310) },
      actions: [advertise, announce],
    },
    {
      name: 'a second advertisement changes nothing yet',
      self: patient,
      from: contested(400),
      event: heard(200),
      now: 350,
      to: contested(400),
    },
    { name: 'it waits on', self: patient, from: contested(400), event: timer, now: 399, to: contested(400) },
    {
      name: 'without a farewell it yields, with the interval and the time of what it heard',
      self: patient,
      from: contested(400),
      event: timer,
      now: 400,
      to: { ...learned(300, 200, '10.0.0.9'), deadline: at(3900) } as RouterState,
      actions: [reconcile],
    },
    {
      name: 'it advertises on meanwhile',
      self: patient,
      from: { ...contested(1350), deadline: at(1300) } as RouterState,
      event: timer,
      now: 1300,
      to: { ...contested(1350), deadline: at(2300), lastSent: at(1300) } as RouterState,
      actions: [advertise],
    },
    {
      name: 'a tie is settled by the address, as ever',
      self: patient,
      from: master,
      event: heard(128, '10.0.0.1'),
      now: 300,
      to: { name: 'master', deadline: at(1300), lastSent: at(300) },
      actions: [advertise, announce],
    },
    {
      name: 'a tie that is lost is yielded to at once',
      self: patient,
      from: master,
      event: heard(128, '10.0.0.9'),
      now: 300,
      to: learned(300, 128, '10.0.0.9'),
      actions: [reconcile, advertise],
    },
  ],
  'preemption after a delay': [
    {
      name: 'a lower priority counts as master until the delay is over',
      self: delayed,
      from: { name: 'backup', deadline: at(3500), masterInterval },
      event: heard(100),
      now: 900,
      to: borneWith(900, 2900),
    },
    {
      name: 'the delay runs from the first such advertisement',
      self: delayed,
      from: borneWith(900, 2900),
      event: heard(100),
      now: 1900,
      to: borneWith(1900, 2900),
    },
    {
      name: 'silence ends before a long delay does',
      self: { ...delayed, preemptDelay: milliseconds(60_000) },
      from: backup,
      event: heard(100),
      now: 900,
      to: { ...borneWith(900, 60_900), deadline: at(4400) } as RouterState,
    },
    {
      name: 'then it preempts',
      self: delayed,
      from: borneWith(1900, 2900),
      event: timer,
      now: 2900,
      to: {
        name: 'candidate',
        masterInterval,
        master: lesser,
        lastHeard: at(1900),
        outranked: lesser,
        preemptAt: at(2900),
      },
    },
    {
      name: 'what it hears after that is discarded',
      self: delayed,
      from: { ...borneWith(1900, 2900), deadline: at(3000) } as RouterState,
      event: heard(100),
      now: 2950,
      to: { ...borneWith(1900, 2900), deadline: at(3000) } as RouterState,
    },
    {
      name: 'a higher priority ends the delay',
      self: delayed,
      from: borneWith(900, 2900),
      event: heard(200),
      now: 1000,
      to: learned(1000, 200),
    },
    {
      name: 'a farewell ends the delay',
      self: delayed,
      from: borneWith(900, 2900),
      event: heard(0),
      now: 1000,
      to: { name: 'backup', deadline: at(1500), masterInterval, master: lesser, lastHeard: at(900), resigned: lesser },
    },
    {
      name: 'a candidate that waits for its group bears with it, too',
      self: delayed,
      from: candidate,
      event: heard(100),
      now: 900,
      to: borneWith(900, 2900),
    },
  ],
  'a delayed start': [
    {
      name: 'listens longer',
      self: { ...self, startDelay: milliseconds(5000) },
      from: initialize,
      event: { type: 'startup' },
      now: 100,
      to: { name: 'backup', deadline: at(8600), masterInterval },
    },
    {
      name: 'holds for the owner',
      self: { ...owner, startDelay: milliseconds(5000) },
      from: initialize,
      event: { type: 'startup' },
      now: 100,
      to: { name: 'backup', deadline: at(5100), masterInterval },
    },
    {
      name: 'ends with the first master heard',
      self: { ...self, startDelay: milliseconds(5000) },
      from: { name: 'backup', deadline: at(8600), masterInterval },
      event: heard(200),
      now: 200,
      to: learned(200, 200),
    },
  ],
  'a priority that changes': [
    {
      name: 'leaves a master master; the next advertisement carries it',
      from: master,
      event: { type: 'priority', before: 200 },
      to: master,
    },
    {
      name: 'moves the deadline of a backup by the change of the skew time (RFC 9568 6.1)',
      from: learned(0, 200),
      event: { type: 'priority', before: 64 },
      now: 100,
      to: { ...learned(0, 200), deadline: at(3250) } as RouterState,
    },
    {
      name: 'has a backup listen to the master that it no longer outranks',
      from: { ...backup, outranked: { address: '10.0.0.1', priority: 130 } } as RouterState,
      event: { type: 'priority', before: 150 },
      now: 3499,
      to: { name: 'backup', deadline: at(6999), masterInterval, master: { address: '10.0.0.1', priority: 130 } },
    },
    {
      name: 'has a candidate listen, too',
      from: { ...candidate, outranked: { address: '10.0.0.1', priority: 130 } } as RouterState,
      event: { type: 'priority', before: 150 },
      now: 3600,
      to: { name: 'backup', deadline: at(7100), masterInterval, master: { address: '10.0.0.1', priority: 130 } },
    },
    { name: 'leaves other candidates', from: candidate, event: { type: 'priority', before: 150 }, to: candidate },
    {
      name: 'is nothing to one that has not started',
      from: initialize,
      event: { type: 'priority', before: 150 },
      to: initialize,
    },
    { name: 'is nothing to one that leaves', from: leaving, event: { type: 'priority', before: 150 }, to: leaving },
  ],
  'a peer that a faster detector has lost': [
    {
      name: 'is dead, if it was the master: after the skew of the detector’s interval',
      from: learned(0, 200),
      event: { type: 'peer-lost', address: '10.0.0.1', spread: milliseconds(10), reason: 'BFD' },
      now: 100,
      to: { ...learned(0, 200), deadline: at(105), presumedDead: 'BFD' } as RouterState,
    },
    {
      name: 'is nothing, if another is the master',
      from: learned(0, 200),
      event: { type: 'peer-lost', address: '10.0.0.7', spread: milliseconds(10), reason: 'BFD' },
      now: 100,
      to: learned(0, 200),
    },
    {
      name: 'does not lengthen what is left',
      from: learned(0, 200),
      event: { type: 'peer-lost', address: '10.0.0.1', spread: milliseconds(1000), reason: 'BFD' },
      now: 3200,
      to: learned(0, 200),
    },
    {
      name: 'is alive once it is heard',
      from: { ...learned(0, 200), deadline: at(105), presumedDead: 'BFD' } as RouterState,
      event: heard(200),
      now: 104,
      to: learned(104, 200),
    },
    {
      name: 'is nothing to a master',
      from: master,
      event: { type: 'peer-lost', address: '10.0.0.1', spread: milliseconds(10), reason: 'BFD' },
      to: master,
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
      name: 'advertises on after a moment more, in which it would have heard whoever replaced it',
      from: master,
      event: timer,
      now: 3049,
      to: { name: 'master', deadline: at(4049), lastSent: at(3049) },
      actions: [advertise],
    },
    {
      name: 'steps down without a word when it may have been replaced',
      from: master,
      event: timer,
      now: 3050,
      to: { name: 'backup', deadline: at(4550), masterInterval },
      actions: [reconcile],
    },
    {
      name: 'steps down without a word when it hears who has replaced it, and preempts in its turn',
      from: master,
      event: heard(100),
      now: 3001,
      to: { name: 'backup', deadline: at(4501), masterInterval, outranked: lesser },
      actions: [reconcile],
    },
    {
      name: 'listens to who has replaced it, where it does not preempt',
      self: patient,
      from: master,
      event: heard(100),
      now: 3001,
      to: { name: 'backup', deadline: at(6501), masterInterval, master: lesser, lastHeard: at(3001) },
      actions: [reconcile],
    },
    {
      name: 'answers whom it hears before it may have been replaced',
      from: master,
      event: heard(100),
      now: 2999,
      to: { name: 'master', deadline: at(3999), lastSent: at(2999) },
      actions: [advertise, announce],
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
  'a process that makes way for the next one': [
    {
      name: 'gives peers a whole interval',
      from: master,
      event: { type: 'bequest' },
      now: 700,
      to: { name: 'master', deadline: at(1700), lastSent: at(700) },
      actions: [advertise],
    },
    {
      name: 'is silent as a backup, whose wait goes on',
      from: backup,
      event: { type: 'bequest' },
      now: 700,
      to: backup,
    },
    { name: 'lets a successor be waited for', from: leaving, event: { type: 'bequest' }, now: 700, to: leaving },
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
  it('wants its timer when a contest ends, if that is before the next advertisement', () =>
    assert.equal(deadlineOf(contested(400)), 400));

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
