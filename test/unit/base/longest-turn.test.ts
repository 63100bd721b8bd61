// A turn counts from its first reading of the clock to its end, and once.

import assert from 'node:assert/strict';
import { watchTurns } from '../../../base/longest-turn.ts';
import { type Instant, milliseconds } from '../../../base/units.ts';

const openWorld = () => {
  let now = 0;
  const ends: (() => void)[] = [];
  const work = (span: number): void => {
    now += span;
  };
  const endTurn = (): void => {
    for (const end of ends.splice(0)) end();
  };
  let sampled = 0;
  const watch = watchTurns({
    clock: () => now as Instant,
    atEnd: (action) => ends.push(action),
    longestSampled: () => milliseconds(sampled),
  });
  return { watch, work, endTurn, ends: () => ends.length, sample: (span: number) => (sampled = span) };
};

const waitForTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const block = (span: number): void => {
  const until = performance.now() + span;
  while (performance.now() < until);
};

describe('the longest turn of a loop', () => {
  it('is measured from the first reading of the clock to the end of the turn', () => {
    const { watch, work, endTurn } = openWorld();
    work(1000);
    watch.clock();
    work(30);
    watch.clock();
    work(10);
    endTurn();
    assert.equal(watch.longest(), 40);
  });

  it('counts no pause between two turns, and keeps the longest', () => {
    const { watch, work, endTurn } = openWorld();
    for (const span of [5, 70, 20]) {
      work(5000);
      watch.begin();
      work(span);
      endTurn();
    }
    assert.equal(watch.longest(), 70);
  });

  it('asks for the end of a turn once', () => {
    const { watch, ends, endTurn } = openWorld();
    watch.begin();
    watch.begin();
    watch.clock();
    assert.equal(ends(), 1);
    endTurn();
    watch.begin();
    assert.equal(ends(), 1);
  });

  it('includes turns that read no clock, by samples', () => {
    const { watch, sample } = openWorld();
    sample(800);
    assert.equal(watch.longest(), 800);
  });

  describe('in this process', () => {
    it('includes what runs in the same turn after the reading', async () => {
      const watch = watchTurns();
      await waitForTurn();
      watch.clock();
      block(60);
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(watch.longest() >= 60);
    });
    it('includes the steps of a turn that immediates have begun', async () => {
      const watch = watchTurns();
      await new Promise<void>((resolve) =>
        setImmediate(() => {
          watch.begin();
          block(30);
          setImmediate(resolve);
          block(30);
        }),
      );
      assert.ok(watch.longest() >= 60);
    });
  });
});
