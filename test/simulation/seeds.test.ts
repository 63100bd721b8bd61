// The short form of `npm run simulate`: worlds of many kinds, and every rule holds in each.

import assert from 'node:assert/strict';
import { unlessShort } from '../prove/extent.ts';
import { drawScenario } from './draw.ts';
import { run } from './run.ts';
import { formatScenario, parseScenario, type Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';

const hours = 8;
const count = unlessShort(120, 60);

/** Fails with what a person needs to see it again. */
const judge = (scenario: Scenario): void => {
  const broken = run(scenario, false).failure;
  if (broken === undefined) return;
  // Takes time, which is not wanted for many failures.
  if (process.env.REGENT_SHRINK === 'off') assert.fail(broken);
  const smallest = shrink(scenario);
  const { failure, lines } = run(smallest, true);
  assert.fail(`${failure}\n\n${formatScenario(smallest)}----\n${lines.join('\n')}`);
};

describe('worlds of directors', () => {
  for (let first = 1; first <= count; first += 20)
    it(`keep all rules, from seed ${first} on`, () => {
      for (let seed = first; seed < first + 20; seed += 1) judge(drawScenario(seed, hours));
    });

  it('are the same again by their seed, and by their text', () => {
    const scenario = drawScenario(7, hours);
    const told = run(scenario, true);
    assert.deepEqual(run(drawScenario(7, hours), true), told);
    assert.deepEqual(run(parseScenario(formatScenario(scenario)), true), told);
    assert.ok(told.changes > 20, 'much happens');
  });

  it('are shrunk to the faults that break a rule', () => {
    const scenario = drawScenario(8, 24);
    const kinds = ['power off', 'pause'] as const;
    const has = ({ faults }: Scenario): boolean => kinds.every((kind) => faults.some((fault) => fault.kind === kind));
    const smallest = shrink(scenario, (one) => (has(one) ? 'lb0 had 3 s' : undefined));
    assert.deepEqual(smallest.faults.map(({ kind }) => kind).toSorted(), ['pause', 'power off']);
    assert.equal(smallest.setting.directors.length, 2);
    assert.ok(smallest.end < scenario.end);
  });
});
