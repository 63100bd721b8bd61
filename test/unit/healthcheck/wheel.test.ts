// What is armed runs once, never early and within its slack, together with what is due beside it.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, later, milliseconds } from '../../../base/units.ts';
import { createWheel } from '../../../healthcheck/wheel.ts';

const openWorld = () => {
  let now = 0;
  let wakeUps = 0;
  let timers: { readonly at: number; readonly action: () => void }[] = [];
  const wheel = createWheel(
    () => now as Instant,
    (action, delay) => {
      const timer = { at: now + delay, action };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
  );
  /** @returns a function that takes it back */
  const arm = (action: (at: Instant) => void, delay: number, slack = 0) => {
    const armed = [action, later(now as Instant, milliseconds(delay)), milliseconds(slack)] as const;
    wheel.arm(...armed);
    return () => wheel.disarm(...armed);
  };
  const pass = (span: number): void => {
    const end = now + span;
    for (;;) {
      const [first] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (first === undefined) break;
      timers = timers.filter((one) => one !== first);
      now = Math.max(now, first.at);
      wakeUps += 1;
      first.action();
    }
    now = end;
  };
  const jump = (span: number): void => {
    now += span;
  };
  return { arm, pass, jump, now: () => now, wakeUps: () => wakeUps, timers: () => timers.length };
};

describe('a wheel of timers', () => {
  it('runs each action once, within its slack or ten milliseconds after it is due', () => {
    const wanted = fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.nat(700), fc.constantFrom(0, 7, 10, 35, 50));
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 30 }), (all) => {
        const { arm, pass, now, timers } = openWorld();
        const late: number[] = [];
        for (const [delay, wait, slack] of all) {
          const due = now() + delay;
          arm(
            (at) => {
              assert.equal(at, now());
              late.push(now() - due - Math.max(10, slack));
              assert.ok(now() >= due);
            },
            delay,
            slack,
          );
          pass(wait);
        }
        pass(10_000);
        assert.equal(late.length, all.length);
        assert.ok(
          late.every((span) => span <= 0.001),
          late.join(),
        );
        assert.equal(timers(), 0);
      }),
    );
  });

  it('wakes up once for all that may run as late as that', () => {
    const { arm, pass, wakeUps } = openWorld();
    let ran = 0;
    for (let count = 0; count < 1000; count += 1) arm(() => (ran += 1), 1000 + count, 50);
    pass(3000);
    assert.equal(ran, 1000);
    assert.ok(wakeUps() <= 21, `${wakeUps()}`);
  });

  it('wakes up once for all that is due within one tick', () => {
    const { arm, pass, wakeUps } = openWorld();
    let ran = 0;
    for (let count = 0; count < 1000; count += 1) arm(() => (ran += 1), 501 + (count % 9));
    pass(600);
    assert.equal(ran, 1000);
    assert.equal(wakeUps(), 1);
  });

  it('needs no timer for what is taken back, and none less for what stays', () => {
    const { arm, pass } = openWorld();
    const ran: string[] = [];
    const takeBack = arm(() => ran.push('with slack'), 1234.5, 50);
    arm(() => ran.push('without'), 1234.5);
    arm(() => ran.push('beside'), 1234.5, 50);
    takeBack();
    takeBack();
    pass(2000);
    assert.deepEqual(ran, ['without', 'beside']);
  });

  it('leaves out what is taken back, and what was armed by an action waits for its own time', () => {
    const { arm, pass } = openWorld();
    const ran: string[] = [];
    const takeBack = arm(() => ran.push('taken back'), 30);
    arm(() => {
      ran.push('first');
      arm(() => ran.push('second'), 1);
    }, 30);
    takeBack();
    pass(30);
    assert.deepEqual(ran, ['first']);
    pass(10);
    assert.deepEqual(ran, ['first', 'second']);
  });

  it('runs nothing early after the loop stood still', () => {
    const { arm, pass, jump, now } = openWorld();
    const early: number[] = [];
    for (const delay of [10, 300, 700, 2000, 5000]) {
      const due = delay;
      arm(() => now() < due && early.push(due), delay);
    }
    jump(1000);
    pass(10_000);
    assert.deepEqual(early, []);
  });
});
