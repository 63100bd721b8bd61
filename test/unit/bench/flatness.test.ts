// A soak's verdict: what grew by a jump of one reading is flat, what grows all the time is not.

import assert from 'node:assert/strict';
import { type Reading, trendsOf } from '../../../bench/soak/flatness.ts';

const readings = (count: number, change: (at: number) => Partial<Reading>): Reading[] =>
  Array.from({ length: count }, (_, at) => ({
    ...{ processes: 3, memory: 60, descriptors: 80, threads: 40, lateness: 0.5 },
    ...change(at),
  }));
const grown = (all: readonly Reading[]): string[] =>
  trendsOf(all).flatMap(({ what, verdict }) => (verdict === 'grew' ? [what] : []));

describe('flatness', () => {
  it('is found where values vary, and where one reading is far off', () => {
    assert.deepEqual(
      trendsOf(readings(30, (at) => ({ memory: 60 + (at % 3) * 4 }))).map(({ verdict }) => verdict),
      ['flat', 'flat', 'flat', 'flat', 'flat'],
    );
    assert.deepEqual(grown(readings(30, (at) => (at === 29 ? { memory: 300, lateness: 80 } : {}))), []);
  });
  for (const [what, more] of [
    ['memory', 1],
    ['descriptors', 0.5],
    ['threads', 0.3],
    ['lateness', 0.1],
  ] as const)
    it(`is not found where ${what} grows all the time`, () => {
      const value = readings(1, () => ({}))[0]?.[what] ?? 0;
      assert.deepEqual(grown(readings(30, (at) => ({ [what]: value + at * more }))), [what]);
    });
  it('is not found where a process is left over', () => {
    assert.deepEqual(grown(readings(30, (at) => ({ processes: at < 20 ? 3 : 4 }))), ['processes']);
  });
  it('is not judged by a few readings', () => {
    for (const { verdict } of trendsOf(readings(8, (at) => ({ memory: 60 * (1 + at) }))))
      assert.equal(verdict, 'short');
  });
  it('leaves readings without an advertisement out', () => {
    const all = readings(30, () => ({})).map(({ lateness, ...rest }, at) =>
      at % 2 === 0 ? rest : { ...rest, lateness: at / 5 },
    );
    assert.deepEqual(grown(all), ['lateness']);
  });
});
