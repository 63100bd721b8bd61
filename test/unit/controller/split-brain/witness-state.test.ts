// The witness is lost, and there again, by several outcomes in a row.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import { unwitnessed, witness } from '../../../../controller/split-brain/witness-state.ts';

const outcomesOf = (outcomes: string): string[] => {
  let now = unwitnessed(0 as Instant);
  return [...outcomes].map((outcome, index) => {
    now = witness(now, outcome === '+', (index + 1) as Instant);
    return `${now.state} ${now.since}`;
  });
};

describe('the witness', () => {
  it('answers with its first reply', () => assert.deepEqual(outcomesOf('+'), ['answers 1']));
  it('is lost after three requests in a row', () => assert.deepEqual(outcomesOf('+--+---').at(-1), 'lost 7'));
  it('is lost from the start after as many', () =>
    assert.deepEqual(outcomesOf('---'), ['untried 0', 'untried 0', 'lost 3']));
  it('is there again after three replies in a row', () =>
    assert.deepEqual(outcomesOf('---++-+++').at(-1), 'answers 9'));
});
