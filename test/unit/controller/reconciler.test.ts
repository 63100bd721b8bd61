// One turn for any number of marks, slices for a long one, and none after the end.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../base/units.ts';
import { createReconciler, type Reconciler } from '../../../controller/reconciler.ts';

const openWorld = (stepsOf: () => number, cost = 1) => {
  let now = 0;
  let turns = 0;
  let steps = 0;
  let done = 0;
  let deferred: (() => void)[] = [];
  function* work(): Generator<void> {
    turns += 1;
    for (let left = stepsOf(); left > 0; left -= 1) {
      now += cost;
      steps += 1;
      yield;
    }
  }
  const reconciler: Reconciler = createReconciler({
    work,
    onDone: () => {
      done += 1;
    },
    defer: (action) => void deferred.push(action),
    clock: () => now as Instant,
    slice: milliseconds(5),
  });
  return {
    reconciler,
    /** One turn of the loop. @returns how many actions ran in it */
    loop: () => {
      const ready = deferred;
      deferred = [];
      for (const action of ready) action();
      return ready.length;
    },
    seen: () => ({ turns, steps }),
    done: () => done,
  };
};

describe('a reconciler', () => {
  it('does nothing in the turn of a mark, and one turn for many', () => {
    const { reconciler, loop, seen } = openWorld(() => 1);
    for (let count = 0; count < 100; count += 1) reconciler.mark();
    assert.deepEqual(seen(), { turns: 0, steps: 0 });
    assert.equal(loop(), 1);
    assert.deepEqual(seen(), { turns: 1, steps: 1 });
    assert.equal(loop(), 0);
  });

  it('gives the loop its turn in between when there is much to do', () => {
    const { reconciler, loop, seen, done } = openWorld(() => 12);
    reconciler.mark();
    loop();
    assert.deepEqual([seen(), done()], [{ turns: 1, steps: 5 }, 0]);
    loop();
    loop();
    assert.deepEqual([seen(), done()], [{ turns: 1, steps: 12 }, 1]);
    assert.equal(loop(), 0);
  });

  it('has another turn for a mark that comes while it works', () => {
    const { reconciler, loop, seen } = openWorld(() => 12);
    reconciler.mark();
    loop();
    reconciler.mark();
    while (loop() > 0);
    assert.deepEqual(seen(), { turns: 2, steps: 24 });
  });

  it('finishes at once where that is asked', () => {
    const { reconciler, loop, seen } = openWorld(() => 12);
    reconciler.mark();
    loop();
    reconciler.mark();
    reconciler.finish();
    assert.deepEqual(seen(), { turns: 2, steps: 24 });
    loop();
    assert.equal(loop(), 0);
  });

  it('goes on after work that threw', () => {
    let isBroken = true;
    const { reconciler, loop, seen } = openWorld(() => {
      if (isBroken) throw new Error('broken');
      return 2;
    });
    reconciler.mark();
    assert.throws(loop, /broken/);
    isBroken = false;
    reconciler.mark();
    while (loop() > 0);
    assert.deepEqual(seen(), { turns: 2, steps: 2 });
  });

  it('is settled once what was marked is done, and not after later marks', async () => {
    const { reconciler, loop } = openWorld(() => 12);
    const settled: string[] = [];
    const watch = (name: string): void => void reconciler.settled().then(() => settled.push(name));
    const turn = async (): Promise<void> => {
      loop();
      await Promise.resolve();
    };
    watch('idle');
    reconciler.mark();
    watch('marked');
    await turn();
    assert.deepEqual(settled, ['idle']);
    reconciler.mark();
    watch('marked meanwhile');
    await turn();
    await turn();
    assert.deepEqual(settled, ['idle', 'marked']);
    reconciler.mark();
    while (loop() > 0);
    await Promise.resolve();
    assert.deepEqual(settled, ['idle', 'marked', 'marked meanwhile']);
    reconciler.mark();
    watch('closed');
    reconciler.close();
    await Promise.resolve();
    assert.equal(settled.at(-1), 'closed');
  });

  it('is settled after work that threw', async () => {
    const { reconciler, loop } = openWorld(() => {
      throw new Error('broken');
    });
    reconciler.mark();
    const settled = reconciler.settled();
    assert.throws(loop, /broken/);
    await settled;
  });

  it('does nothing any more once it is closed', () => {
    const { reconciler, loop, seen } = openWorld(() => 12);
    reconciler.mark();
    loop();
    reconciler.close();
    while (loop() > 0);
    assert.deepEqual(seen(), { turns: 1, steps: 5 });
  });
});
