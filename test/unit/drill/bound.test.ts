// Bounds of expectations: what they mean, and what is refused.

import assert from 'node:assert/strict';
import { limitOf, parseBound, satisfies } from '../../../drill/scenario/bound.ts';

const known = { master_down: 3609, interval: 1000, detection: 3500, recovery: 2500 };
const all = ['time', 'count', 'percent'] as const;

describe('a bound', () => {
  const rows: readonly (readonly [string | number, number, boolean, number])[] = [
    ['<= master_down + 250ms', 3859, true, 3859],
    ['<= master_down + 250ms', 3860, false, 3859],
    ['< 1s', 1000, false, 1000],
    ['100ms', 100, true, 100],
    ['100ms', 101, false, 100],
    ['>= 2 x interval', 2000, true, 2000],
    ['<= master_down - interval + 1.5s', 4109, true, 4109],
    ['> 0ms', 0, false, 0],
    [0, 0, true, 0],
    [0, 1, false, 0],
    ['<= 5', 5, true, 5],
    ['= 1', 2, false, 1],
    ['<= 0.1%', 0.11, false, 0.1],
    ['<= 1h', Number.POSITIVE_INFINITY, false, 3_600_000],
  ];
  for (const [text, value, holds, limit] of rows)
    it(`${text} ${holds ? 'holds' : 'does not hold'} for ${value}`, () => {
      const bound = parseBound(text, all, '<=');
      assert.ok(bound);
      assert.equal(limitOf(bound, known), limit);
      assert.equal(satisfies(value, bound, known), holds);
    });

  it('is exact for a plain number where that is meant', () =>
    assert.equal(satisfies(0, parseBound(1, ['count'], '=') as never, known), false));

  for (const text of [
    '',
    '<=',
    '<= ',
    'soon',
    '1 s s',
    'master_down +',
    '+ 1s',
    '<= 1s +',
    '=> 1s',
    '5ms ms',
    '%',
    '1e3',
    -1,
    1.5,
    true,
    null,
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseBound(text, all, '<='), undefined));
  it('has the units of what is measured', () => {
    assert.equal(parseBound('1s', ['count'], '='), undefined);
    assert.equal(parseBound('1%', ['time'], '='), undefined);
    assert.equal(parseBound('3', ['time'], '='), undefined);
  });
});
