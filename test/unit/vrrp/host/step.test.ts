// The host: what happens to it, and what its routers do then.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { ip } from '../../../../net/ip-address.ts';
import { nextDue } from '../../../../vrrp/host/due.ts';
import type { HostEffect } from '../../../../vrrp/host/effect.ts';
import { memberOf, selfOf, watchOf } from '../../../../vrrp/host/host.ts';
import type { HostInput } from '../../../../vrrp/host/step.ts';
import { noWatch } from '../../../../vrrp/rivals/rivals.ts';
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
    const [host, effects] = run(begin(), ...attach('a', 'b', 'c'), [3500, due]);
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
    assert.equal(states(run(host, [3500, due])[0]), 'initialize initialize backup');
    assert.equal(states(run(host, [3700, due])[0]), 'initialize initialize master');
  });

  it('keeps every router from preempting while it is held back', () => {
    const [held] = run(begin(), [0, { type: 'hold-back', reason: 'a peer' }], ...attach('c'));
    assert.equal(selfOf(held, 'c').heldBack, 'a peer');
    const lesser = event('c', { ...rival, priority: 100 });
    const follows = [...[1000, 2000, 3000].map((now) => [now, lesser] as const), [3500, due] as const];
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
    const [host, effects] = run(leaving, [6000, due]);
    assert.equal(states(host), 'master master master');
    assert.deepEqual([...host.aside], []);
    assert.deepEqual(told(effects).slice(0, 2), ['a has no successor', 'b has no successor']);
    assert.equal(told(effects).filter((text) => text.includes('no successor')).length, 2);
  });

  it('calls it off once for members that are due together', () => {
    const [leaving] = run(masters(), [4000, aside('a')]);
    const [host, effects] = run(leaving, [6000, due]);
    assert.equal(states(host), 'master master master');
    assert.equal(told(effects).filter((text) => text.includes('no successor')).length, 2);
  });

  it('continues with the states of predecessors; a new member of a running group joins it', () => {
    const state = { name: 'master', deadline: at(5000), lastSent: at(4000) } as const;
    const predecessor = (group: string) => ({ state, group, announcements: { due: [] }, watch: noWatch });
    const host = begin({ predecessors: new Map([['a', predecessor('pair')]]) });
    assert.equal(states(host), 'master initialize initialize');
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => memberOf(host, name)?.joining),
      [undefined, true, undefined],
    );
    assert.equal(states(run(host, ...attach('a', 'b'))[0]), 'master backup initialize');
    const elsewhere = begin({ predecessors: new Map([['a', predecessor('router a')]]) });
    assert.equal(states(run(elsewhere, ...attach('a', 'b'))[0]), 'backup backup initialize');
  });

  const only = (effects: readonly HostEffect[], router: string, ...types: readonly HostEffect['type'][]) =>
    effects.filter((effect) => types.includes(effect.type) && 'router' in effect && effect.router === router);

  it('announces again 1.1 s after a takeover, and then no more until it is asked to', () => {
    const [host, effects] = run(masters(), [4600, due]);
    const repeated = { type: 'announce', router: 'c', why: 'as planned', isUrgent: false };
    assert.deepEqual(only(effects, 'c', 'announce', 'probe'), [repeated, { type: 'probe', router: 'c' }]);
    const often = (from: number) => Array.from({ length: 20 }, (_, index) => [from + index * 500, due] as const);
    const [silent, none] = run(host, ...often(5000));
    assert.deepEqual(only(none, 'c', 'announce'), []);
    const [, again] = run(silent, [16_000, { type: 'restored', router: 'c' }], [16_000, due]);
    assert.deepEqual(only(again, 'c', 'announce'), [repeated]);
  });

  it('does not announce after it has lost a mastership', () => {
    const [lost] = run(masters(), [4000, { type: 'detached', router: 'c', reason: 'eth0 is down' }]);
    assert.deepEqual(only(run(lost, [4600, due], [9000, due])[1], 'c', 'announce'), []);
  });

  it('shows at once that a master is configured otherwise, and that it is removed', () => {
    const [, changed] = run(masters(), [4000, { type: 'changed', routers: ['c', 'x'] }]);
    const urgent = { type: 'announce', router: 'c', why: 'was changed', isUrgent: true };
    assert.deepEqual([changed[0], told(changed)], [urgent, ['c sends 128']]);
    assert.deepEqual(told(run(masters(), [4000, { type: 'removed', routers: ['c'] }])[1]), ['c sends 0']);
    assert.deepEqual(
      run(begin(), [0, { type: 'changed', routers: ['c'] }], [0, { type: 'removed', routers: ['c'] }])[1],
      [],
    );
  });

  it('announces nothing after a pause in which it may have been replaced, and soon again once it has not been', () => {
    const [paused] = run(masters(), [4000, { type: 'reannounce', router: 'c' }]);
    const [late, none] = run(paused, [60_000, { type: 'due', stood: milliseconds(56_000) }]);
    assert.deepEqual(only(none, 'c', 'announce'), []);
    assert.ok((nextDue(late, at(60_000))?.at ?? 0) >= 60_001);
  });

  it('shows nothing after a pause in which it may have been replaced', () => {
    assert.deepEqual(run(masters(), [60_000, { type: 'changed', routers: ['c'] }])[1], []);
  });

  it('sees another master, announces its addresses, and is done with it once it yields', () => {
    const lesser = { type: 'heard', source: ip('10.0.0.2'), priority: 100, interval: milliseconds(1000) } as const;
    const better = { ...lesser, priority: 200 };
    const sighted = (sighting: typeof lesser | typeof better): HostInput => ({
      type: 'sighted',
      sightings: [{ router: 'c', sighting }],
      wall: 7,
    });
    const [beside, begun] = run(masters(), [4500, due], [5000, due], [5100, sighted(lesser)]);
    const phases = (effects: readonly HostEffect[]) =>
      effects.flatMap((effect) => (effect.type === 'split-brain' ? [`${effect.phase} ${effect.text}`] : []));
    assert.match(phases(begun).join(), /^begun 10\.0\.0\.2 \(priority 100, on eth0\) advertises as master too$/);
    assert.equal(watchOf(beside, 'c').splitBrains, 1);
    const [after, ended] = run(beside, [5200, sighted(better)]);
    assert.equal(states(after), 'master master backup');
    assert.match(
      phases(ended).join(),
      /^ended this router is no longer master \(10\.0\.0\.2 \(priority 200\) preempts/,
    );
    assert.equal(watchOf(after, 'c').masterSince, undefined);
  });

  const heardBy = (router: string, priority: number) => ({
    router,
    sighting: { type: 'heard', source: ip('10.0.0.2'), priority, interval: milliseconds(1000) } as const,
  });

  it('does together what it hears together', () => {
    const sightings = ['a', 'c'].map((name) => heardBy(name, 200));
    const [host, effects] = run(masters(), [4000, { type: 'sighted', sightings, wall: 7 }]);
    assert.equal(states(host), 'backup backup backup');
    assert.equal(effects.filter(({ type }) => type === 'act').length, 1);
  });

  it('hears what comes second in the state that the first has left', () => {
    const sightings = [heardBy('c', 200), heardBy('c', 0)];
    const [host] = run(masters(), [4000, { type: 'sighted', sightings, wall: 7 }]);
    // As a master it would have answered the farewell.
    assert.deepEqual(memberOf(host, 'c')?.state, {
      name: 'backup',
      deadline: 4000 + 500,
      masterInterval: 1000,
      master: { address: '10.0.0.2', priority: 200 },
      lastHeard: 4000,
      resigned: { address: '10.0.0.2', priority: 200 },
    });
  });

  it('sends together what is due together', () => {
    const [, effects] = run(masters(), [4500, due]);
    assert.deepEqual(told(effects), ['a sends 128, b sends 128, c sends 128']);
  });

  it('lets masters advertise before others take over, and those in the order of the configuration', () => {
    const attached = (name: string) => [1000, { type: 'attached', router: name, source } as const] as const;
    const [listening] = run(begin(), ...attach('c'), [3500, due], attached('b'), attached('a'));
    assert.deepEqual(told(run(listening, [4500, due])[1]), [
      'c sends 128',
      'reconcile, a announces, a sends 128, b announces, b sends 128, a backup>candidate, a candidate>master, b backup>master',
    ]);
    const [all] = run(begin(), attached('c'), attached('b'), attached('a'));
    assert.match(told(run(all, [4500, due])[1]).join(), /a sends 128, b announces, b sends 128.*c sends 128/);
  });

  it('announces again where neighbours were misled, although another router changes its state meanwhile', () => {
    const sightings = [heardBy('a', 200), heardBy('c', 100)];
    const [after, effects] = run(masters(), [4000, { type: 'sighted', sightings, wall: 7 }]);
    assert.equal(states(after), 'backup backup master');
    const [router] = after.routers.filter(({ config: { name } }) => name === 'c');
    // A second after the last, and as planned since the takeover.
    assert.deepEqual(router?.announcements.due, [4500, 4600]);
    assert.match(told(effects).join(), /c sends 128, c announces/);
  });

  it('gives events for unknown routers to none', () => {
    const host = masters();
    const [after, effects] = run(host, [4000, event('x', { type: 'shutdown' })], ...attach('x'));
    assert.equal(states(after), states(host));
    assert.deepEqual(effects, []);
  });
});
