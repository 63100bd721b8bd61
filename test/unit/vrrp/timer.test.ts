// Timers of the vrrp process: Node's count whole milliseconds, so the last ones before an urgent instant are waited out.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import { type Instant, monotonic } from '../../../base/units.ts';
import { startTimer } from '../../../vrrp/timer.ts';

const inHalfAMinute = (): Instant => (monotonic() + 30_000) as Instant;

describe('a timer', () => {
  const delays = sinon.spy(globalThis, 'setTimeout');
  beforeEach(() => delays.resetHistory());
  after(() => delays.restore());

  /** How long it sleeps, by a clock that stands still. */
  const delayOf = (isUrgent: boolean): number => {
    const clock = sinon.useFakeTimers({ toFake: ['performance'] });
    startTimer(inHalfAMinute(), () => undefined, isUrgent)();
    clock.restore();
    return Number(delays.lastCall.args[1]);
  };

  it('sleeps until its instant', () => assert.equal(Math.round(delayOf(false)), 30_000));

  it('wakes up some milliseconds before an urgent instant, and waits for it turn by turn', async () => {
    assert.equal(Math.round(delayOf(true)), 29_997);
    const instant = (monotonic() + 20) as Instant;
    const at = await new Promise<Instant>((resolve) => startTimer(instant, () => resolve(monotonic()), true));
    assert.ok(at >= instant);
  });

  it('never calls back in the turn that starts it, nor once it is cancelled', async () => {
    const calls: string[] = [];
    startTimer(0 as Instant, () => calls.push('due'), true);
    startTimer(0 as Instant, () => calls.push('cancelled'), true)();
    assert.deepEqual(calls, []);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.deepEqual(calls, ['due']);
  });
});
