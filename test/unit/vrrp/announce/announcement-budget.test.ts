// The rate of announcements: nothing waits for nothing, nothing floods, nothing is announced that is no longer ours.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Instant } from '../../../../base/units.ts';
import { ip } from '../../../../net/ip-address.ts';
import {
  type Announced,
  type Budget,
  nextRelease,
  queueFrames,
  takeFrames,
  waitingFrames,
  withdrawFrames,
} from '../../../../vrrp/announce/announcement-budget.ts';

const at = (value: number): Instant => value as Instant;
const rate = 100;
const frames = (count: number, interfaceIndex = 1, from = 0): Announced[] =>
  Array.from({ length: count }, (_, index) => ({
    interfaceIndex,
    address: ip(`10.0.${interfaceIndex}.${from + index}`),
  }));
const queued = (count: number, isUrgent = true, budget: Budget<Announced> = new Map()): Budget<Announced> =>
  queueFrames(budget, frames(count), isUrgent, rate, at(0));

describe('announcements', () => {
  it('leave at once, as many as two seconds of the rate', () =>
    assert.equal(takeFrames(queued(200), rate, at(0))[0].length, 200));

  it('wait beyond that, and follow at the rate', () => {
    const [first, left] = takeFrames(queued(250), rate, at(0));
    assert.deepEqual([first.length, waitingFrames(left), nextRelease(left, rate)], [200, 50, 10]);
    const [none, same] = takeFrames(left, rate, at(9));
    assert.deepEqual([none.length, nextRelease(same, rate)], [0, 10]);
    const [second, rest] = takeFrames(same, rate, at(110));
    assert.deepEqual([second.length, waitingFrames(rest)], [11, 39]);
  });

  it('have a rate for each interface', () => {
    const both = queueFrames(queued(200), frames(200, 2), true, rate, at(0));
    assert.equal(takeFrames(both, rate, at(0))[0].length, 400);
  });

  it('wait once, however often they are asked for', () =>
    assert.equal(waitingFrames(queued(250, true, queued(250, false))), 250));

  it('leave in order, those of a takeover first', () => {
    const late = queueFrames(new Map(), frames(150), false, rate, at(0));
    const [taken, left] = takeFrames(queueFrames(late, frames(100, 1, 100), true, rate, at(0)), rate, at(0));
    assert.deepEqual(
      taken.map(({ address }) => address),
      [...frames(100, 1, 100), ...frames(100)].map(({ address }) => address),
    );
    assert.equal(waitingFrames(left), 0);
  });

  it('are forgotten for an address that is ours no longer', () => {
    const [, left] = takeFrames(queued(210), rate, at(0));
    const rest = withdrawFrames(left, new Set([ip('10.0.1.200'), ip('10.0.1.201')]));
    assert.equal(waitingFrames(rest), 8);
  });

  it('want no timer when none waits', () =>
    assert.equal(nextRelease(takeFrames(queued(5), rate, at(0))[1], rate), undefined));

  it('never exceed the burst and the rate, and never stand still', () => {
    const steps = fc.array(fc.record({ after: fc.nat(500), count: fc.nat(255), urgent: fc.boolean() }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(steps, (list) => {
        let budget: Budget<Announced> = new Map();
        let now = 0;
        let sent = 0;
        for (const { after, count, urgent } of list) {
          now += after;
          const [taken, left] = takeFrames(queueFrames(budget, frames(count), urgent, rate, at(now)), rate, at(now));
          budget = left;
          sent += taken.length;
          assert.ok(sent <= 200 + (rate * now) / 1000 + 1e-6, `${sent} after ${now} ms`);
        }
        for (let turn = 0; turn < 300; turn += 1) {
          const next = nextRelease(budget, rate);
          if (next === undefined) return;
          // A timer fires in whole milliseconds, and not before.
          now = Math.ceil(next + 1e-9);
          budget = takeFrames(budget, rate, at(now))[1];
        }
        assert.fail(`${waitingFrames(budget)} wait for ever`);
      }),
    );
  });
});
