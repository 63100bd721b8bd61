// The host: what happens to it, and what its routers do then.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { ip } from '../../../../net/ip-address.ts';
import { memberOf, selfOf } from '../../../../vrrp/host/host.ts';
import type { HostInput } from '../../../../vrrp/host/step.ts';
import type { PriorityJudgement } from '../../../../vrrp/tracking/judgement.ts';
import { at } from '../one-router.ts';
import { attach, begin, due, event, masters, run, sound, source, states, told } from './hosts.ts';

const judged = (router: string, before: PriorityJudgement, after: PriorityJudgement): HostInput => ({
  type: 'judged',
  changes: [{ router, before, after, causes: [] }],
});
const aside = (...routers: readonly string[]): HostInput => ({ type: 'stand-aside', routers });
const broken: PriorityJudgement = { ...sound, faults: ['script web has failed'] };
const waiting: PriorityJudgement = { ...sound, awaited: ['script web has not been looked at yet'] };
const lower: PriorityJudgement = { ...sound, effective: 78 };
const rival = { type: 'advertisement', source: ip('10.0.0.9'), priority: 200, interval: milliseconds(1000) } as const;

describe('host', () => {
  it('starts a router once it is attached, with that address', () => {
    const [host, effects] = run(begin(), ...attach('a'));
    assert.equal(states(host), 'backup initialize initialize');
    assert.equal(selfOf(host, 'a').primaryAddress, source);
    assert.deepEqual(told(effects), ['a initialize>backup']);
  });

  it('makes a group master together, in one batch with all that are due', () => {
    const [host, effects] = run(begin(), ...attach('a', 'b', 'c'), [3500, due('a', 'b', 'c')]);
    assert.equal(states(host), 'master master master');
    assert.deepEqual(told(effects).slice(3), [
      'reconcile, a announces, a sends 128, b announces, b sends 128, reconcile, c announces, c sends 128, ' +
        'a backup>candidate, a candidate>master, b backup>master, c backup>master',
    ]);
  });

  it('ends the mastership of a group with one member that is detached', () => {
    const [host, effects] = run(masters(), [4000, { type: 'detached', router: 'b', reason: 'eth0 is down' }]);
    assert.equal(states(host), 'backup initialize master');
    assert.deepEqual(told(effects), ['reconcile, b sends 0, a sends 0, a master>backup, b master>initialize']);
  });

  it('starts no router that is not attached', () => {
    const [host] = run(begin(), ...attach('a'), [10, { type: 'detached', router: 'a', reason: 'eth0 is down' }]);
    assert.equal(states(run(host, [20, judged('a', broken, sound)])[0]), 'initialize initialize initialize');
  });

  it('starts no router that stands aside, nor its group', () => {
    assert.equal(states(run(begin({ aside: ['a'] }), ...attach('a', 'b', 'c'))[0]), 'initialize initialize backup');
  });

  it('lets a router with an obstacle wait, and says why', () => {
    const [host, effects] = run(begin({ judgementOf: () => waiting }), ...attach('c'));
    assert.equal(states(host), 'initialize initialize initialize');
    assert.deepEqual(told(effects), ['c waits: waits, because script web has not been looked at yet']);
    assert.equal(states(run(host, [10, judged('c', waiting, sound)])[0]), 'initialize initialize backup');
  });

  it('ends mastership by a fault of a tracked item, and starts again after it', () => {
    const [faulty] = run(masters(), [4000, judged('c', sound, broken)]);
    assert.equal(states(faulty), 'master master initialize');
    assert.equal(states(run(faulty, [5000, judged('c', broken, sound)])[0]), 'master master backup');
  });

  it('moves the deadline of a backup with its priority', () => {
    const [host] = run(begin(), ...attach('c'), [0, judged('c', sound, lower)]);
    assert.equal(selfOf(host, 'c').priority, 78);
    assert.equal(states(run(host, [3500, due('c')])[0]), 'initialize initialize backup');
    assert.equal(states(run(host, [3700, due('c')])[0]), 'initialize initialize master');
  });

  it('keeps every router from preempting while it is held back', () => {
    const [held] = run(begin(), [0, { type: 'hold-back', reason: 'a peer' }], ...attach('c'));
    assert.equal(selfOf(held, 'c').heldBack, 'a peer');
    const lesser = event('c', { ...rival, priority: 100 });
    const follows = [...[1000, 2000, 3000, 3600].map((now) => [now, lesser] as const), [3700, due('c')] as const];
    assert.equal(states(run(held, ...follows)[0]), 'initialize initialize backup');
    const [free] = run(held, [900, { type: 'hold-back', reason: undefined }], ...follows);
    assert.equal(states(free), 'initialize initialize master');
  });

  it('hands a whole group over, and takes part again when it is called back', () => {
    const [leaving, effects] = run(masters(), [4000, aside('a')]);
    assert.equal(states(leaving), 'leaving leaving master');
    assert.deepEqual(told(effects), [
      'reconcile, a sends 0, a master>leaving',
      'reconcile, b sends 0, b master>leaving',
    ]);
    const [gone] = run(leaving, [4300, event('a', rival)], [4300, event('b', rival)]);
    assert.equal(states(gone), 'initialize initialize master');
    assert.equal(states(run(gone, [5000, aside()])[0]), 'backup backup master');
  });

  it('calls a handover off for the whole group if no peer takes over', () => {
    const [leaving] = run(masters(), [4000, aside('a')]);
    const [host, effects] = run(leaving, [6000, due('a')], [6000, due('b')]);
    assert.equal(states(host), 'master master master');
    assert.deepEqual([...host.aside], []);
    assert.deepEqual(told(effects).slice(0, 2), ['a has no successor', 'b has no successor']);
    assert.equal(told(effects).filter((text) => text.includes('no successor')).length, 2);
  });

  it('calls it off once for members that are due together', () => {
    const [leaving] = run(masters(), [4000, aside('a')]);
    const [host, effects] = run(leaving, [6000, due('a', 'b')]);
    assert.equal(states(host), 'master master master');
    assert.equal(told(effects).filter((text) => text.includes('no successor')).length, 2);
  });

  it('continues with the states of predecessors; a new member of a running group joins it', () => {
    const state = { name: 'master', deadline: at(5000), lastSent: at(4000) } as const;
    const host = begin({ predecessors: new Map([['a', { state, group: 'pair' }]]) });
    assert.equal(states(host), 'master initialize initialize');
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => memberOf(host, name)?.joining),
      [undefined, true, undefined],
    );
    assert.equal(states(run(host, ...attach('a', 'b'))[0]), 'master backup initialize');
    const elsewhere = begin({ predecessors: new Map([['a', { state, group: 'router a' }]]) });
    assert.equal(states(run(elsewhere, ...attach('a', 'b'))[0]), 'backup backup initialize');
  });

  it('gives events for unknown routers to none', () => {
    const host = masters();
    const [after, effects] = run(host, [4000, event('x', { type: 'shutdown' })], ...attach('x'));
    assert.equal(states(after), states(host));
    assert.deepEqual(effects, []);
  });
});
