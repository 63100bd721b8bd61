// Where the time goes.

import { deepEqual, equal } from 'node:assert/strict';
import { processorSeconds, spentTable } from '../../../test/runner/spent.ts';

describe('the time of a suite', () => {
  it("is its children's, user and system, of what bash says", () => {
    equal(processorSeconds('0m5.000s 0m6.000s\n1m2.250s 0m0.500s\n'), 62.75);
    equal(processorSeconds(''), 0);
  });

  it('is told a line a suite, in the order of their beginnings', () => {
    const spent = new Map([
      ['ipvs', { began: 61.5, took: 59, processor: 30.4 }],
      ['unit', { began: 0, took: 9.6, processor: 12 }],
    ]);
    deepEqual(spentTable(spent), [
      'unit             0:00 to   0:09, 10 s, 12 s of a processor',
      'ipvs             1:01 to   2:00, 59 s, 30 s of a processor',
    ]);
  });
});
