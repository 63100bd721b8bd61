// The grid of probes: spread, steady, free of drift.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, milliseconds } from '../../../base/units.ts';
import { nextProbe, phaseOf } from '../../../healthcheck/schedule.ts';

const at = (value: number): Instant => value as Instant;

describe('schedule', () => {
  it('spreads a thousand targets evenly over ten tenths of the interval', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 1000; n += 1) {
      const tenth = Math.floor(phaseOf(`10.0.${n >> 8}.${n & 255}:80`, milliseconds(1000)) / 100);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    assert.ok(Math.min(...tenths) > 60 && Math.max(...tenths) < 140, tenths.join(' '));
  });

  const rows = [
    { what: 'a probe on its point', startedAt: 5300, due: 6300 },
    { what: 'a probe a little early', startedAt: 5299, due: 6300 },
    { what: 'a probe a little late', startedAt: 5450, due: 6300 },
    { what: 'a probe late by more than half', startedAt: 5900, due: 7300 },
    { what: 'a first probe just before a point', startedAt: 5200, due: 6300 },
    { what: 'a first probe long before a point', startedAt: 5600, due: 6300 },
    { what: 'a probe before the clock began', startedAt: -900, due: 300 },
  ];
  for (const { what, startedAt, due } of rows) {
    it(`${what}: after ${startedAt} comes ${due}`, () => {
      assert.equal(nextProbe(milliseconds(300), milliseconds(1000), at(startedAt)), due);
    });
  }

  it('is a point of the grid, half to one and a half intervals later', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 10, max: 60_000 }), fc.nat(1e9), (id, interval, startedAt) => {
        const phase = phaseOf(id, milliseconds(interval));
        assert.ok(phase >= 0 && phase < interval);
        const due = nextProbe(phase, milliseconds(interval), at(startedAt));
        const gap = (due - startedAt) / interval;
        assert.ok(gap >= 0.5 - 1e-6 && gap < 1.5 + 1e-6, `${gap}`);
        const points = (due - phase) / interval;
        assert.ok(Math.abs(points - Math.round(points)) < 1e-6, `${points}`);
      }),
    );
  });
});
