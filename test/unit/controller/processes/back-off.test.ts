// A process that is lost again and again is started again ever later, until one has lasted.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { countLoss, isSteady, type Losses, noLosses } from '../../../../controller/processes/back-off.ts';

const lose = (before: Losses, lived: number): Losses => countLoss(before, milliseconds(lived));

describe('the pause before a restart', () => {
  it('is short at first, doubles with each loss, and has an end', () => {
    let losses = noLosses;
    const pauses = Array.from({ length: 12 }, () => {
      losses = lose(losses, 50);
      return losses.pause;
    });
    assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
    assert.equal(losses.inARow, 12);
  });

  it('is short again once a process has lasted for a minute', () => {
    const many = lose(lose(lose(noLosses, 1), 1), 59_999);
    assert.deepEqual(many, { inARow: 3, pause: 400 });
    assert.deepEqual(lose(many, 60_000), { inARow: 1, pause: 100 });
    assert.deepEqual([isSteady(milliseconds(59_999)), isSteady(milliseconds(60_000))], [false, true]);
  });
});
