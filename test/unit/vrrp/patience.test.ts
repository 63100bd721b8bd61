// Two routers without preemption on one wire: after a cut heals, one rules on, the one of lower priority.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../base/units.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { step } from '../../../vrrp/election/election.ts';
import { farewellPriority, type Self } from '../../../vrrp/election/parameters.ts';
import { deadlineOf, type RouterState } from '../../../vrrp/election/router-state.ts';

type End = { readonly self: Self; state: RouterState };
type Flight = { readonly at: number; readonly to: number; readonly source: IpAddress; readonly priority: number };

const interval = milliseconds(1000);
const router = (priority: number, last: number): Self => ({
  version: 3,
  priority,
  interval,
  downAfter: 3,
  preempt: false,
  primaryAddress: ip(`10.0.0.${last}`),
});

/** Runs both ends with packets that take 1 ms; @returns who was master at each millisecond. */
const run = (ends: readonly [End, End], span: number): string[] => {
  const flights: Flight[] = [];
  const seen: string[] = [];
  const give = (index: number, event: Parameters<typeof step>[2], now: number): void => {
    const end = ends[index];
    if (end === undefined) return;
    const [state, actions] = step(end.self, end.state, event, now as Instant);
    end.state = state.name === 'candidate' ? step(end.self, state, { type: 'promote' }, now as Instant)[0] : state;
    const sent = state.name === 'candidate' ? [{ type: 'advertise', priority: end.self.priority } as const] : actions;
    for (const action of sent) {
      if (action.type !== 'advertise') continue;
      flights.push({ at: now + 1, to: 1 - index, source: end.self.primaryAddress, priority: action.priority });
    }
  };
  for (let now = 0; now < span; now += 1) {
    for (const { to, source, priority } of flights.filter(({ at }) => at === now)) {
      give(to, { type: 'advertisement', source, priority, interval }, now);
    }
    for (const [index, end] of ends.entries()) {
      if ((deadlineOf(end.state) ?? Number.POSITIVE_INFINITY) <= now) give(index, { type: 'timer' }, now);
    }
    seen.push(ends.map(({ state }, index) => (state.name === 'master' ? index : '')).join(''));
  }
  return seen;
};

describe('two masters without preemption that meet again', () => {
  for (const phase of [0, 1, 2, 499, 999])
    it(`agree on the lower priority when their beats are ${phase} ms apart`, () => {
      const master = (deadline: number): RouterState => ({
        name: 'master',
        deadline: deadline as Instant,
        lastSent: (deadline - interval) as Instant,
      });
      for (const [high, low] of [
        [phase, 0],
        [0, phase],
      ] as const) {
        const seen = run(
          [
            { self: router(150, 2), state: master(high) },
            { self: router(100, 1), state: master(low) },
          ],
          5000,
        );
        const settled = seen.indexOf('1');
        assert.ok(settled >= 0 && settled <= interval + 100, `settled after ${settled} ms`);
        assert.ok(seen.slice(settled).every((masters) => masters === '1'));
        assert.ok(seen.every((masters) => masters !== ''));
      }
    });

  it('leave the farewell to the one that gives way', () =>
    assert.deepEqual(
      step(
        router(150, 2),
        { name: 'master', deadline: 1000 as Instant, lastSent: 0 as Instant },
        { type: 'advertisement', source: ip('10.0.0.1'), priority: 100, interval },
        10 as Instant,
      )[1].at(-1),
      { type: 'advertise', priority: farewellPriority },
    ));
});
