// A BFD session, rule by rule of RFC 5880 6.8; and two of them on one simulated wire.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { ControlPacket, Diagnostic, SessionStateName } from '../../../../vrrp/bfd/packet.ts';
import {
  detectionTime,
  hasLostPeer,
  openSession,
  type Session,
  type SessionSelf,
  sessionDeadline,
  stepSession,
} from '../../../../vrrp/bfd/session.ts';

const at = (value: number): Instant => value as Instant;
const self: SessionSelf = { discriminator: 1, minTx: milliseconds(10), minRx: milliseconds(10), multiplier: 3 };
const heard = (state: SessionStateName, change: Partial<ControlPacket> = {}): ControlPacket => ({
  state,
  diagnostic: 'none',
  poll: false,
  final: false,
  multiplier: 3,
  myDiscriminator: 2,
  yourDiscriminator: 1,
  minTx: milliseconds(10),
  minRx: milliseconds(10),
  ...change,
});
const inState = (name: SessionStateName, change: Partial<Session> = {}): Session => ({
  ...openSession(at(0)),
  name,
  sendAt: at(1000),
  remote: { state: 'up', minTx: milliseconds(10), minRx: milliseconds(10), multiplier: 3, discriminator: 2 },
  ...change,
});
const give = (session: Session, packet: ControlPacket, now = 0) =>
  stepSession(self, session, { type: 'packet', packet }, at(now), 1);
const tick = (session: Session, now: number, chance = 1, own = self) =>
  stepSession(own, session, { type: 'timer' }, at(now), chance);

describe('BFD states (RFC 5880 6.8.6)', () => {
  const rows: [from: SessionStateName, packet: SessionStateName, to: SessionStateName, why?: Diagnostic][] = [
    ['down', 'down', 'init'],
    ['down', 'init', 'up'],
    ['down', 'up', 'down'],
    ['down', 'admin-down', 'down'],
    ['init', 'down', 'init'],
    ['init', 'init', 'up'],
    ['init', 'up', 'up'],
    ['init', 'admin-down', 'down', 'neighbour signaled session down'],
    ['up', 'up', 'up'],
    ['up', 'init', 'up'],
    ['up', 'down', 'down', 'neighbour signaled session down'],
    ['up', 'admin-down', 'down', 'neighbour signaled session down'],
    ['admin-down', 'up', 'admin-down'],
  ];
  for (const [from, packet, to, why = 'none'] of rows)
    it(`${from} hears ${packet}: ${to}`, () => {
      const [after, sent] = give(inState(from), heard(packet));
      assert.deepEqual([after.name, after.diagnostic], [to, why]);
      // RFC 5880 6.8.7: a change is told at once.
      assert.equal(sent.length, from === to ? 0 : 1);
      assert.equal(hasLostPeer(inState(from), after), false);
    });
});

describe('BFD timers', () => {
  it('detects by the slower of the two rates, as often as the peer says (6.8.4)', () => {
    const [after] = give(inState('up'), heard('up', { minTx: milliseconds(50), multiplier: 5 }), 100);
    assert.deepEqual([detectionTime(self, after), after.silentAt], [250, 350]);
    const [other] = give(inState('up'), heard('up', { minTx: milliseconds(1) }), 100);
    assert.equal(other.silentAt, 130);
  });
  it('is up just before the detection time, and down with it (6.8.4)', () => {
    const session = inState('up', { silentAt: at(130) });
    assert.equal(tick(session, 129)[0].name, 'up');
    const [after, sent] = tick(session, 130);
    assert.deepEqual([after.name, after.diagnostic], ['down', 'detection time expired']);
    assert.equal(hasLostPeer(session, after), true);
    assert.deepEqual(
      sent.map(({ state, yourDiscriminator }) => [state, yourDiscriminator]),
      [['down', 0]],
    );
  });
  it('takes off the time in which this host was paused, and a peer that is dead is still found', () => {
    // Due at 108; called at 150.
    const [first] = tick(inState('up', { sendAt: at(108), silentAt: at(130) }), 150);
    assert.deepEqual([first.name, first.silentAt], ['up', 172]);
    assert.equal(tick({ ...first, sendAt: at(1000) }, 172)[0].name, 'down');
    assert.equal(give(first, heard('up'), 151)[0].silentAt, 181);
    // A timer is never quite on time.
    assert.equal(tick(inState('up', { silentAt: at(130) }), 131.4)[0].name, 'down');
    let late = inState('up', { silentAt: at(130) });
    let now = 130;
    for (; late.name === 'up'; late = tick({ ...late, sendAt: at(now + 1000) }, now)[0])
      now = (late.silentAt ?? 0) + 20;
    assert.equal(now, 240);
  });
  it('forgets the peer’s discriminator after a silence in any state (6.8.1)', () =>
    assert.equal(tick(inState('down', { silentAt: at(5) }), 5)[0].remote.discriminator, 0));
  it('sends no faster than once a second until it is up (6.8.3)', () => {
    const [after, sent] = tick(inState('down'), 1000);
    assert.equal(sent[0]?.minTx, 1000);
    assert.equal(after.sendAt, 2000);
  });
  it('sends at its own rate once it is up, and polls for the change (6.5, 6.8.3)', () => {
    const [after, sent] = give(inState('init'), heard('up'), 100);
    assert.deepEqual([sent[0]?.minTx, sent[0]?.poll, after.sendAt], [10, true, 110]);
    assert.equal(give(after, heard('up'), 105)[0].polling, true);
    assert.equal(give(after, heard('up', { final: true }), 105)[0].polling, false);
  });
  it('sends no faster than the peer wants (6.8.7)', () => {
    const slow = { ...inState('up').remote, minRx: milliseconds(400) };
    assert.equal(tick(inState('up', { remote: slow }), 1000)[0].sendAt, 1400);
  });
  it('sends nothing to a peer that wants nothing (6.8.7)', () => {
    const none = { ...inState('up').remote, minRx: milliseconds(0) };
    assert.deepEqual(tick(inState('up', { remote: none }), 1000)[1], []);
  });
  it('answers a poll at once, with a final and no poll of its own (6.5)', () => {
    const [, sent] = give(inState('up', { polling: true }), heard('up', { poll: true }));
    assert.deepEqual(
      sent.map(({ poll, final }) => [poll, final]),
      [[false, true]],
    );
  });
  for (const [multiplier, chance, next] of [
    [3, 0, 1007.5],
    [3, 1, 1010],
    [1, 0, 1007.5],
    [1, 1, 1009],
  ] as const)
    it(`spreads its packets: multiplier ${multiplier}, chance ${chance} (6.8.7)`, () =>
      assert.equal(tick(inState('up'), 1000, chance, { ...self, multiplier })[0].sendAt, next));
  it('takes its leave when it is stopped (6.8.16)', () => {
    const [after, sent] = stepSession(self, inState('up'), { type: 'stop' }, at(5), 1);
    assert.deepEqual(
      [after.name, sent[0]?.state, sent[0]?.diagnostic],
      ['admin-down', 'admin-down', 'administratively down'],
    );
  });
  it('wants its timer for whichever comes first', () => {
    assert.equal(sessionDeadline(inState('up')), 1000);
    assert.equal(sessionDeadline(inState('up', { silentAt: at(130) })), 130);
  });
});

describe('two BFD sessions on one wire', () => {
  /** Packets take 1 ms; after `cut` none arrives. Both hosts stand still for 100 ms from each of the `pauses` on. */
  const run = (span: number, cut: number, pauses: readonly number[] = []): { name: SessionStateName; at: number }[] => {
    const own = [self, { ...self, discriminator: 2, minTx: milliseconds(20) }] as const;
    const sessions: Session[] = [openSession(at(0)), openSession(at(300))];
    const flights: { at: number; to: number; packet: ControlPacket }[] = [];
    const seen: { name: SessionStateName; at: number }[] = [];
    let seenUntil = -1;
    for (let now = 0; now < span; now += 1) {
      if (pauses.some((from) => now >= from && now < from + 100)) continue;
      for (const [index, mine] of own.entries()) {
        const events = [
          ...flights
            .filter((flight) => flight.at <= now && flight.at > seenUntil && flight.to === index)
            .map(({ packet }) => ({ type: 'packet', packet }) as const),
          { type: 'timer' } as const,
        ];
        for (const event of events) {
          const before = sessions[index] ?? openSession(at(now));
          const [after, packets] = stepSession(mine, before, event, at(now), 1);
          sessions[index] = after;
          if (index === 0 && after.name !== before.name) seen.push({ name: after.name, at: now });
          if (now < cut) for (const packet of packets) flights.push({ at: now + 1, to: 1 - index, packet });
        }
      }
      seenUntil = now;
    }
    return seen;
  };
  it('come up, and see the cut after three packets', () => {
    const seen = run(5000, 3000);
    assert.deepEqual(
      seen.map(({ name }) => name),
      ['up', 'down'],
    );
    const [up, down] = seen;
    assert.ok(up !== undefined && up.at < 2100, `up after ${up?.at}`);
    // Three times the 20 ms at which the peer sends, from its last packet.
    assert.ok(down !== undefined && down.at > 3000 && down.at <= 3061, `down at ${down?.at}`);
  });
  it('do not answer each other for ever where packets come twice and late', () => {
    const sessions = [self, { ...self, discriminator: 2 }].map((own) => ({ own, session: openSession(at(0)) }));
    const flights: { at: number; to: number; packet: ControlPacket }[] = [];
    let sent = 0;
    for (let now = 0; now < 3000; now += 1) {
      // A copy of a packet is late by up to four milliseconds.
      const due = flights.filter((flight) => flight.at === now);
      const events = [
        ...due.map(({ to, packet }) => ({ to, event: { type: 'packet', packet } as const })),
        ...[0, 1].map((to) => ({ to, event: { type: 'timer' } as const })),
      ];
      for (const { to, event } of events) {
        const one = sessions[to] ?? assert.fail();
        const [after, packets] = stepSession(one.own, one.session, event, at(now), 1);
        one.session = after;
        for (const packet of packets) {
          sent += 1;
          for (const late of [1, 1 + (sent % 5)]) flights.push({ at: now + late, to: 1 - to, packet });
        }
      }
      assert.ok(sent < 3000, `${sent} packets after ${now} ms`);
    }
  });
  it('stay up while both hosts are paused together', () => {
    const pauses = Array.from({ length: 60 }, (_, index) => 2500 + 201 * index + (index % 7));
    assert.deepEqual(
      run(16_000, 15_000, pauses).map(({ name, at: when }) => [name, when > 15_000]),
      [
        ['up', false],
        ['down', true],
      ],
    );
  });
});
