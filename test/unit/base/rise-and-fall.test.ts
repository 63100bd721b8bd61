// Rise and fall.

import assert from 'node:assert/strict';
import { type Tally, tally } from '../../../base/rise-and-fall.ts';

describe('rise and fall', () => {
  const thresholds = { rise: 2, fall: 3 };
  const after = (start: Tally['state'], outcomes: string): string => {
    let now: Tally = { state: start, contradictions: 0 };
    for (const outcome of outcomes) now = tally(now, outcome === '+', thresholds);
    return `${now.state} ${now.contradictions}`;
  };
  for (const [start, outcomes, expected] of [
    ['up', '--', 'up 2'],
    ['up', '---', 'down 0'],
    ['up', '--+--', 'up 2'],
    ['down', '+', 'down 1'],
    ['down', '++', 'up 0'],
    ['down', '+-+', 'down 1'],
    ['unknown', '+', 'unknown 1'],
    ['unknown', '++', 'up 0'],
    ['unknown', '---', 'down 0'],
  ] as const)
    it(`${start} after ${outcomes}: ${expected}`, () => assert.equal(after(start, outcomes), expected));

  it('keeps the same object where nothing changes', () => {
    const up: Tally = { state: 'up', contradictions: 0 };
    assert.equal(tally(up, true, thresholds), up);
  });
});
