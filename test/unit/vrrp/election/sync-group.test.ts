// Sync groups: all members are masters or none is, and the addresses move once for all.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { Self } from '../../../../vrrp/election/parameters.ts';
import type { RouterEvent, RouterState } from '../../../../vrrp/election/router-state.ts';
import { type SyncGroup, stepGroup } from '../../../../vrrp/election/sync-group.ts';

const at = (value: number): Instant => value as Instant;
const interval = milliseconds(1000);
const self: Self = { version: 3, priority: 128, interval, downAfter: 3, preempt: true, primaryAddress: ip('10.0.0.2') };
const backup: RouterState = { name: 'backup', deadline: at(3500), masterInterval: interval };
const candidate: RouterState = { name: 'candidate', masterInterval: interval };
const master: RouterState = { name: 'master', deadline: at(1000), lastSent: at(0) };
const group = (a: RouterState, b: RouterState): SyncGroup =>
  new Map([
    ['a', { self, state: a }],
    ['b', { self, state: b }],
  ]);
const names = (members: SyncGroup): string[] => [...members.values()].map((member) => member.state.name);
const heard = (priority: number): RouterEvent => ({
  type: 'advertisement',
  source: ip('10.0.0.1'),
  priority,
  interval,
});

describe('sync group', () => {
  it('lets a router that is alone become master at once', () => {
    const { group: reached, transitions } = stepGroup(
      new Map([['a', { self, state: backup }]]),
      'a',
      { type: 'timer' },
      at(3500),
    );
    assert.deepEqual(names(reached), ['master']);
    assert.deepEqual(
      transitions.map(({ from, to, event }) => [from.name, to.name, event.type]),
      [['backup', 'master', 'promote']],
    );
  });

  const linkLost: RouterEvent = { type: 'fault', reason: 'eth0 is down', isOfLink: true };
  it('goes on as a whole once a link is back that was lost for a moment, of one member or of both', () => {
    for (const lost of [['a'], ['a', 'b']]) {
      let members = group(master, master);
      for (const name of lost) members = stepGroup(members, name, linkLost, at(100)).group;
      assert.deepEqual(names(members), ['initialize', lost.length === 1 ? 'backup' : 'initialize']);
      const steps = lost.map((name) => {
        const reached = stepGroup(members, name, { type: 'startup' }, at(200));
        members = reached.group;
        return reached;
      });
      assert.deepEqual(names(members), ['master', 'master']);
      assert.equal(steps.at(-1)?.actions.filter(({ type }) => type === 'advertise').length, 2);
    }
  });

  it('does not go on where a member has heard another master, or too late, or after another fault', () => {
    const other: RouterEvent = { type: 'fault', reason: 'script x is down' };
    const reached = (events: readonly (readonly [string, RouterEvent])[], now: number): string[] => {
      let members = group(master, master);
      for (const [name, event] of events) members = stepGroup(members, name, event, at(100)).group;
      return names(stepGroup(members, 'a', { type: 'startup' }, at(now)).group);
    };
    assert.deepEqual(reached([['a', linkLost]], 200), ['master', 'master']);
    assert.deepEqual(
      reached(
        [
          ['a', linkLost],
          ['b', heard(200)],
        ],
        200,
      ),
      ['candidate', 'backup'],
    );
    assert.deepEqual(reached([['a', linkLost]], 2000), ['backup', 'backup']);
    assert.deepEqual(
      reached(
        [
          ['a', linkLost],
          ['b', other],
        ],
        200,
      ),
      ['candidate', 'initialize'],
    );
    assert.deepEqual(reached([['a', other]], 200), ['backup', 'backup']);
  });

  it('keeps a candidate waiting for the others', () => {
    const { group: reached, actions } = stepGroup(group(backup, backup), 'a', { type: 'timer' }, at(3500));
    assert.deepEqual(names(reached), ['candidate', 'backup']);
    assert.deepEqual(actions, []);
  });

  it('promotes all once the last is ready, and reconciles once', () => {
    const { group: reached, actions } = stepGroup(group(candidate, backup), 'b', { type: 'timer' }, at(3500));
    assert.deepEqual(names(reached), ['master', 'master']);
    assert.deepEqual(actions, [
      { type: 'reconcile' },
      { type: 'announce', router: 'a' },
      { type: 'advertise', priority: 128, router: 'a' },
      { type: 'announce', router: 'b' },
      { type: 'advertise', priority: 128, router: 'b' },
    ]);
  });

  it('retreats together when one fails, and names the one', () => {
    const fault: RouterEvent = { type: 'fault', reason: 'link' };
    const { group: reached, actions, transitions } = stepGroup(group(master, master), 'a', fault, at(100));
    assert.deepEqual(names(reached), ['initialize', 'backup']);
    assert.deepEqual(actions, [
      { type: 'reconcile' },
      { type: 'advertise', priority: 0, router: 'a' },
      { type: 'advertise', priority: 0, router: 'b' },
    ]);
    assert.deepEqual(
      transitions.map(({ router, event }) => [router, event]),
      [
        ['a', fault],
        ['b', { type: 'retreat', member: 'a' }],
      ],
    );
  });

  it('retreats together when one is outranked', () =>
    assert.deepEqual(names(stepGroup(group(master, master), 'b', heard(200), at(100)).group), ['backup', 'backup']));

  describe('that a router joins while it runs', () => {
    const joined = (a: RouterState, b: RouterState): SyncGroup =>
      new Map([
        ['a', { self, state: a }],
        ['b', { self, state: b, joining: true }],
      ]);
    const rows: readonly (readonly [string, SyncGroup, string, RouterEvent, number, readonly string[]])[] = [
      [
        'stays master while it starts',
        joined(master, { name: 'initialize' }),
        'b',
        { type: 'startup' },
        0,
        ['master', 'backup'],
      ],
      ['stays master while it listens', joined(master, backup), 'a', { type: 'timer' }, 1000, ['master', 'backup']],
      ['has it rule once it has listened', joined(master, backup), 'b', { type: 'timer' }, 3500, ['master', 'master']],
      [
        'gives way with it to the master that it hears',
        joined(master, backup),
        'b',
        heard(200),
        100,
        ['backup', 'backup'],
      ],
      [
        'stays master while it hears a lesser master',
        joined(master, backup),
        'b',
        heard(50),
        100,
        ['master', 'backup'],
      ],
      [
        'gives way with it where it has a fault',
        joined(master, backup),
        'b',
        { type: 'fault', reason: 'link' },
        100,
        ['backup', 'initialize'],
      ],
      [
        'waits for it before it becomes master',
        joined(backup, backup),
        'a',
        { type: 'timer' },
        3500,
        ['candidate', 'backup'],
      ],
    ];
    for (const [name, members, router, event, time, expected] of rows)
      it(name, () => assert.deepEqual(names(stepGroup(members, router, event, at(time)).group), expected));
    it('is one group from then on', () => {
      const whole = stepGroup(joined(master, backup), 'b', { type: 'timer' }, at(3500)).group;
      assert.deepEqual(names(stepGroup(whole, 'b', { type: 'fault', reason: 'link' }, at(3600)).group), [
        'backup',
        'initialize',
      ]);
    });
  });

  it('lets every member leave by its own shutdown', () => {
    const first = stepGroup(group(master, master), 'a', { type: 'shutdown' }, at(100));
    assert.deepEqual(names(first.group), ['leaving', 'master']);
    const second = stepGroup(first.group, 'b', { type: 'shutdown' }, at(100));
    assert.deepEqual(names(second.group), ['leaving', 'leaving']);
  });

  it('reports no transition where the state keeps its name', () =>
    assert.deepEqual(stepGroup(group(master, master), 'a', { type: 'timer' }, at(1000)).transitions, []));

  it('ignores an event for a router it does not have', () => {
    const before = group(backup, backup);
    const after = stepGroup(before, 'c', { type: 'startup' }, at(0));
    assert.deepEqual(after, { group: before, actions: [], transitions: [] });
  });

  it('has all masters or none after whatever happens', () => {
    const events: fc.Arbitrary<RouterEvent> = fc.oneof(
      fc.constantFrom<RouterEvent>({ type: 'startup' }, { type: 'timer' }, { type: 'fault', reason: 'link' }),
      fc.constantFrom(0, 100, 128, 200).map(heard),
    );
    const moves = fc.array(fc.tuple(fc.constantFrom('a', 'b'), events, fc.nat(5000)), { maxLength: 30 });
    fc.assert(
      fc.property(moves, fc.boolean(), (steps, areMasters) => {
        let members = areMasters ? group(master, master) : group(backup, backup);
        let now = 0;
        for (const [router, event, wait] of steps) {
          now += wait;
          members = stepGroup(members, router, event, at(now)).group;
          const masters = names(members).filter((name) => name === 'master').length;
          assert.ok(masters === 0 || masters === 2);
        }
      }),
    );
  });
});
