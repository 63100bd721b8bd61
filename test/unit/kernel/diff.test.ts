// The diff: what it lists, and that applying it reaches what is desired while leaving foreign entries alone.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, type DiffRules, diff } from '../../../kernel/diff.ts';

type Entry = { readonly key: string; readonly value: number; readonly ours: boolean };
const rules: DiffRules<Entry> = {
  keyOf: (entry) => entry.key,
  isSame: (actual, desired) => actual.value === desired.value,
  isOurs: (entry) => entry.ours,
};
const entry = (key: string, value = 0, ours = true): Entry => ({ key, value, ours });

const apply = (actual: readonly Entry[], changes: readonly Change<Entry>[]): Entry[] => {
  const table = new Map(actual.map((one) => [one.key, one]));
  for (const change of changes) {
    if (change.type === 'remove') table.delete(change.entry.key);
    else table.set(change.entry.key, change.entry);
  }
  return [...table.values()];
};

const entries = (ours: fc.Arbitrary<boolean>): fc.Arbitrary<Entry[]> =>
  fc.uniqueArray(
    fc.record({ key: fc.constantFrom(...'abcdefgh'), value: fc.nat(2), ours }, { noNullPrototype: true }),
    { selector: (one) => one.key },
  );
const tables = [entries(fc.boolean()), entries(fc.constant(true))] as const;

describe('diff', () => {
  const rows: { name: string; actual: Entry[]; desired: Entry[]; changes: Change<Entry>[] }[] = [
    { name: 'nothing where both are the same', actual: [entry('a')], desired: [entry('a')], changes: [] },
    { name: 'an addition', actual: [], desired: [entry('a')], changes: [{ type: 'add', entry: entry('a') }] },
    {
      name: 'an update from the actual to the desired entry',
      actual: [entry('a', 1)],
      desired: [entry('a', 2)],
      changes: [{ type: 'update', from: entry('a', 1), entry: entry('a', 2) }],
    },
    { name: 'a removal of ours', actual: [entry('a')], desired: [], changes: [{ type: 'remove', entry: entry('a') }] },
    { name: 'no removal of a foreign entry', actual: [entry('a', 0, false)], desired: [], changes: [] },
    {
      name: 'additions before updates before removals',
      actual: [entry('gone'), entry('kept', 1)],
      desired: [entry('kept', 2), entry('new')],
      changes: [
        { type: 'add', entry: entry('new') },
        { type: 'update', from: entry('kept', 1), entry: entry('kept', 2) },
        { type: 'remove', entry: entry('gone') },
      ],
    },
  ];
  for (const { name, actual, desired, changes } of rows)
    it(`lists ${name}`, () => assert.deepEqual(diff(actual, desired, rules), changes));

  it('reaches every desired entry when applied', () => {
    fc.assert(
      fc.property(...tables, (actual, desired) => {
        const reached = new Map(apply(actual, diff(actual, desired, rules)).map((one) => [one.key, one.value]));
        for (const one of desired) assert.equal(reached.get(one.key), one.value);
      }),
    );
  });

  it('has nothing left to do when applied', () => {
    fc.assert(
      fc.property(...tables, (actual, desired) => {
        assert.deepEqual(diff(apply(actual, diff(actual, desired, rules)), desired, rules), []);
      }),
    );
  });

  it('leaves foreign entries that nobody desires, and none of ours', () => {
    fc.assert(
      fc.property(...tables, (actual, desired) => {
        const wanted = new Set(desired.map(rules.keyOf));
        const rest = apply(actual, diff(actual, desired, rules)).filter((one) => !wanted.has(one.key));
        assert.deepEqual(
          rest,
          actual.filter((one) => !wanted.has(one.key) && !one.ours),
        );
      }),
    );
  });
});
