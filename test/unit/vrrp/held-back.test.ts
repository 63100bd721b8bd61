// A router that is held back does not preempt, whatever else it does as ever.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../base/units.ts';
import { ip } from '../../../net/ip-address.ts';
import { step } from '../../../vrrp/election/election.ts';
import { farewellPriority, type Self } from '../../../vrrp/election/parameters.ts';
import { explain } from '../../../vrrp/election/reason.ts';
import type { RouterEvent, RouterState } from '../../../vrrp/election/router-state.ts';

const interval = milliseconds(1000);
const free: Self = {
  version: 3,
  priority: 150,
  interval,
  downAfter: 3,
  preempt: true,
  primaryAddress: ip('10.0.0.2'),
};
const held: Self = { ...free, heldBack: 'it waits' };
const lesser: RouterEvent = { type: 'advertisement', source: ip('10.0.0.1'), priority: 100, interval };
/** 3 advertisements and the skew of priority 150. */
const masterDown = 3000 + (106 * 1000) / 256;

const run = (start: RouterState, ...steps: (readonly [number, Self, RouterEvent])[]): RouterState =>
  steps.reduce((state, [now, self, event]) => step(self, state, event, now as Instant)[0], start);
const backup = (self: Self): RouterState => run({ name: 'initialize' }, [0, self, { type: 'startup' }]);
const deadline = (state: RouterState): number | undefined => ('deadline' in state ? state.deadline : undefined);

describe('a router that is held back', () => {
  it('listens to a living master of lower priority', () => {
    const state = run(backup(held), [100, held, lesser], [1100, held, lesser]);
    assert.deepEqual([state.name, deadline(state)], ['backup', 1100 + masterDown]);
  });

  it('takes over from one that falls silent', () => {
    const silent = run(backup(held), [100, held, lesser]);
    assert.equal(run(silent, [100 + masterDown, held, { type: 'timer' }]).name, 'candidate');
  });

  it('preempts once it is held back no longer, within a master down interval', () => {
    const state = run(backup(held), [100, held, lesser], [500, free, { type: 'held-back' }], [1100, free, lesser]);
    assert.equal(deadline(state), 100 + masterDown);
    const next = run(state, [100 + masterDown, free, { type: 'timer' }], [100 + masterDown, free, { type: 'promote' }]);
    assert.equal(next.name, 'master');
  });

  it('bears first with the delay that is configured', () => {
    const patient = { ...free, preemptDelay: milliseconds(60_000) };
    const state = run(
      backup(held),
      [100, held, lesser],
      [500, patient, { type: 'held-back' }],
      [1100, patient, lesser],
    );
    assert.equal(deadline(state), 1100 + masterDown);
  });

  it('stops preempting when it is held back meanwhile', () => {
    const state = run(backup(free), [100, free, lesser], [500, held, { type: 'held-back' }]);
    assert.equal(deadline(state), 500 + masterDown);
  });

  it('does nothing new where nobody is to be preempted', () => {
    for (const self of [free, held])
      assert.deepEqual(run(backup(self), [500, self, { type: 'held-back' }]), backup(self));
    const greater: RouterEvent = { ...lesser, priority: 200 };
    const state = run(backup(held), [100, held, greater]);
    assert.deepEqual(run(state, [500, free, { type: 'held-back' }]), state);
  });

  it('gives way to a master of lower priority when it meets one as master, and says why', () => {
    const master: RouterState = { name: 'master', deadline: 1000 as Instant, lastSent: 0 as Instant };
    const [to, actions] = step(held, master, lesser, 10 as Instant);
    assert.deepEqual([to.name, actions.at(-1)], ['backup', { type: 'advertise', priority: farewellPriority }]);
    const reason = explain({ router: 'vip', self: held, from: master, to, event: lesser }, 10 as Instant);
    assert.match(reason.text, /^gives way to 10\.0\.0\.1 \(priority 100\), which is master already: it waits/);
    assert.equal(step(held, master, { type: 'held-back' }, 10 as Instant)[0], master);
  });

  it('rules at once where it owns the addresses', () => {
    const owner = { ...held, priority: 255 };
    const master: RouterState = { name: 'master', deadline: 1000 as Instant, lastSent: 0 as Instant };
    assert.equal(step(owner, master, lesser, 10 as Instant)[0].name, 'master');
  });
});
