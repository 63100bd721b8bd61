// Commands of several directors come to one table, whatever the order in which they meet.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Commands,
  commandServer,
  mergeCommands,
  newCommands,
  parseCommands,
  type ServerCommand,
} from '../../../../controller/operator/commands.ts';

const empty: Commands = new Map();
const command = fc.record(
  {
    server: fc.constantFrom('rs0', 'rs1', 'rs2'),
    drained: fc.boolean(),
    weight: fc.integer({ min: 0, max: 3 }),
    revision: fc.integer({ min: 0, max: 5 }),
    by: fc.constantFrom('lb0', 'lb1'),
    at: fc.constant(0),
  },
  { requiredKeys: ['server', 'drained', 'revision', 'by', 'at'], noNullPrototype: true },
) as fc.Arbitrary<ServerCommand>;
const table = fc.array(command).map((list) => mergeCommands(empty, list));
const sorted = (commands: Commands) => [...commands].sort(([a], [b]) => (a < b ? -1 : 1));
const merge = (a: Commands, b: Commands): Commands => mergeCommands(a, b.values());

describe('commands', () => {
  it('merge in any order, in any groups, and again, to the same', () =>
    fc.assert(
      fc.property(table, table, table, (a, b, c) => {
        assert.deepEqual(sorted(merge(a, b)), sorted(merge(b, a)));
        assert.deepEqual(sorted(merge(merge(a, b), c)), sorted(merge(a, merge(b, c))));
        assert.deepEqual(sorted(merge(merge(a, b), b)), sorted(merge(a, b)));
      }),
    ));

  it('given last wins, also where the clock lags behind', () => {
    const drained = commandServer(empty, 'rs0', { drained: true }, 'lb0', 1000);
    const later = commandServer(drained, 'rs0', { drained: false }, 'lb1', 400);
    assert.equal(merge(drained, later).get('rs0')?.drained, false);
    assert.equal(merge(later, drained).get('rs0')?.drained, false);
  });

  it('of a director that lost its state wins over older ones', () => {
    const old = commandServer(empty, 'rs0', { drained: true }, 'lb1', 1000);
    const fresh = commandServer(empty, 'rs0', { weight: 5 }, 'lb0', 2000);
    assert.deepEqual([merge(old, fresh).get('rs0')?.drained, merge(old, fresh).get('rs0')?.weight], [false, 5]);
  });

  it('keeps the weight of a server that is drained, and takes it back on request', () => {
    const weighed = commandServer(empty, 'rs0', { weight: 0 }, 'lb0', 1);
    const drained = commandServer(weighed, 'rs0', { drained: true }, 'lb0', 2);
    assert.deepEqual([drained.get('rs0')?.drained, drained.get('rs0')?.weight], [true, 0]);
    const reset = commandServer(drained, 'rs0', { weight: 'as configured' }, 'lb0', 3);
    assert.deepEqual([reset.get('rs0')?.drained, reset.get('rs0')?.weight], [true, undefined]);
  });

  it('names as new what a merge has brought', () => {
    const before = commandServer(empty, 'rs0', { drained: true }, 'lb0', 1);
    const after = commandServer(before, 'rs1', { drained: true }, 'lb0', 2);
    assert.deepEqual(
      newCommands(before, after).map(({ server }) => server),
      ['rs1'],
    );
  });

  it('forgets what says nothing before what is in force, when there are too many', () => {
    const list = Array.from({ length: 10_001 }, (_, index) => ({
      server: `rs${index}`,
      drained: index === 0,
      revision: index,
      by: 'lb0',
      at: 0,
    }));
    const merged = mergeCommands(empty, list);
    assert.equal(merged.size, 10_000);
    assert.deepEqual([merged.has('rs0'), merged.has('rs1')], [true, false]);
  });

  const good = { server: 'rs0', drained: true, revision: 1, by: 'lb0', at: 1 };
  for (const [what, change] of Object.entries({
    'no name': { server: 1 },
    'a weight that IPVS has not': { weight: 65_536 },
    'a weight that is none': { weight: 'a' },
    'no revision': { revision: 1.5 },
    'no origin': { by: undefined },
  }))
    it(`are refused with ${what}`, () => {
      assert.ok(parseCommands([good]));
      assert.equal(parseCommands([good, { ...good, ...change }]), undefined);
    });
});
