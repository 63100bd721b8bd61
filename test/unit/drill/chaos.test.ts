// Chaos by a seed: repeated by it, within its span, one open fault at a place.

import assert from 'node:assert/strict';
import { planChaos } from '../../../drill/scenario/chaos.ts';
import { faultNames, rowOf } from '../../../drill/scenario/faults.ts';

const place = { directors: ['lb0', 'lb1'], servers: ['rs0', 'rs1'], routers: [51] };

describe('chaos', () => {
  it('is the same for the same seed, and another for another', () => {
    const plan = (seed: number) => planChaos(seed, 60_000, 3000, faultNames, place);
    assert.deepEqual(plan(7), plan(7));
    assert.notDeepEqual(plan(7), plan(8));
  });
  for (let seed = 0; seed < 20; seed += 1)
    it(`keeps its rules with seed ${seed}`, () => {
      const planned = planChaos(seed, 60_000, 3000, faultNames, place);
      assert.ok(planned.length > 5);
      const until = new Map<string, number>();
      for (const { at, act, lasts } of planned) {
        const where = act.director ?? act.server ?? String(act.router);
        assert.ok(at < 60_000 && at >= (until.get(where) ?? 0), `${at} ${where}`);
        assert.equal(lasts !== undefined, rowOf(act.do).lasts);
        if (lasts !== undefined) until.set(where, at + lasts);
      }
    });
});
