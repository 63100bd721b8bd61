// The classes that lateness is counted in.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { countLateness, latenessBounds, noLateness, tallyOf } from '../../../vrrp/lateness.ts';

describe('countLateness', () => {
  const rows: [lateness: number, index: number][] = [
    [0, 0],
    [0.5, 0],
    [0.51, 1],
    [1000, latenessBounds.length - 1],
    [1001, latenessBounds.length],
  ];
  for (const [lateness, index] of rows)
    it(`counts ${lateness} ms in class ${index}`, () => {
      const count = noLateness();
      countLateness(count, milliseconds(lateness));
      const { counts, bounds, sum } = tallyOf(count);
      assert.equal(counts.length, bounds.length + 1);
      assert.deepEqual(
        counts.flatMap((one, place) => (one === 0 ? [] : [place])),
        [index],
      );
      assert.equal(sum, lateness);
    });
  it('hands out what later counts do not change', () => {
    const count = noLateness();
    const before = tallyOf(count);
    countLateness(count, milliseconds(1));
    assert.ok(before.counts.every((one) => one === 0));
  });
});
