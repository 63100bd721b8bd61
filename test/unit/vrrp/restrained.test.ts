// A router that a verdict on a split brain restrains: it awaits a silent master, or is not master at all.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../base/units.ts';
import { ip } from '../../../net/ip-address.ts';
import { step } from '../../../vrrp/election/election.ts';
import { farewellPriority, type Self } from '../../../vrrp/election/parameters.ts';
import { explain } from '../../../vrrp/election/reason.ts';
import type { RouterEvent, RouterState } from '../../../vrrp/election/router-state.ts';

const interval = milliseconds(1000);
const free: Self = { version: 3, priority: 100, interval, downAfter: 3, preempt: true, primaryAddress: ip('10.0.0.1') };
const awaiting: Self = { ...free, restraint: { kind: 'await', reason: 'lb1 is alive and master' } };
const yielding: Self = { ...free, restraint: { kind: 'yield', reason: 'lb1 is master too' } };
const from = (priority: number): RouterEvent => ({ type: 'advertisement', source: ip('10.0.0.2'), priority, interval });
const timer: RouterEvent = { type: 'timer' };
const restrained: RouterEvent = { type: 'restrained' };
/** 3 advertisements and the skew of priority 100. */
const skew = (156 * 1000) / 256;
const masterDown = 3000 + skew;

const run = (start: RouterState, ...steps: (readonly [number, Self, RouterEvent])[]): RouterState =>
  steps.reduce((state, [now, self, event]) => step(self, state, event, now as Instant)[0], start);
const backup = (self: Self): RouterState =>
  run({ name: 'initialize' }, [0, self, { type: 'startup' }], [0, self, from(150)]);
const deadline = (state: RouterState): number | undefined => ('deadline' in state ? state.deadline : undefined);

describe('a router that awaits its master', () => {
  it('does not succeed it when it is silent, and asks itself again after an interval', () => {
    const state = run(backup(awaiting), [masterDown, awaiting, timer]);
    assert.deepEqual([state.name, deadline(state), 'withheld' in state], ['backup', masterDown + 1000, true]);
  });

  it('succeeds it after its skew time once it is free', () => {
    const state = run(backup(awaiting), [masterDown, awaiting, timer], [masterDown + 200, free, restrained]);
    assert.equal(deadline(state), masterDown + 200 + skew);
    assert.ok(!('withheld' in state));
    assert.equal(run(state, [masterDown + 200 + skew, free, timer]).name, 'candidate');
  });

  it('keeps its time where it is freed before', () => {
    const state = run(backup(awaiting), [500, free, restrained]);
    assert.equal(deadline(state), masterDown);
  });

  it('succeeds it upon its farewell', () => {
    const state = run(backup(awaiting), [100, awaiting, from(0)]);
    assert.equal(run(state, [100 + skew, awaiting, timer]).name, 'candidate');
  });

  it('preempts a lesser one that it hears', () => {
    const high = { ...awaiting, priority: 200 };
    const state = run({ name: 'initialize' }, [0, high, { type: 'startup' }], [500, high, from(150)]);
    assert.equal(run(state, [5000, high, timer]).name, 'candidate');
  });

  it('does not take the silence of a lesser one for its own turn while it still waits to preempt', () => {
    const high = { ...awaiting, priority: 200, preemptDelay: milliseconds(60_000) };
    const state = run(
      { name: 'initialize' },
      [0, high, { type: 'startup' }],
      [500, high, from(150)],
      [9000, high, timer],
    );
    assert.deepEqual([state.name, 'withheld' in state], ['backup', true]);
  });

  it('stays master where it is', () => {
    const master: RouterState = { name: 'master', deadline: 1000 as Instant, lastSent: 0 as Instant };
    assert.deepEqual(step(awaiting, master, restrained, 10 as Instant), [master, []]);
  });
});

describe('a router that yields', () => {
  it('gives mastership up, its addresses first, and says why', () => {
    const master: RouterState = { name: 'master', deadline: 1000 as Instant, lastSent: 0 as Instant };
    const [to, actions] = step(yielding, master, restrained, 10 as Instant);
    assert.equal(to.name, 'backup');
    assert.deepEqual(actions, [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }]);
    const reason = explain({ router: 'vip', self: yielding, from: master, to, event: restrained }, 10 as Instant);
    assert.deepEqual(reason, { code: 'split-brain', text: 'lb1 is master too' });
  });

  it('is not master upon a farewell either', () => {
    const state = run(backup(yielding), [100, yielding, from(0)], [100 + skew, yielding, timer]);
    assert.equal(state.name, 'backup');
  });

  it('is no candidate any more', () => {
    const candidate = run(backup(free), [masterDown, free, timer]);
    const state = run(candidate, [masterDown + 100, yielding, restrained]);
    assert.deepEqual([candidate.name, state.name], ['candidate', 'backup']);
  });

  it('keeps the addresses that it owns', () => {
    const owner = { ...yielding, priority: 255 };
    const master: RouterState = { name: 'master', deadline: 1000 as Instant, lastSent: 0 as Instant };
    assert.deepEqual(step(owner, master, restrained, 10 as Instant), [master, []]);
    assert.equal(run({ name: 'initialize' }, [0, owner, { type: 'startup' }]).name, 'candidate');
  });
});
