// What is worth a word about the time that a certificate is valid.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { warnOfValidity } from '../../../base/validity.ts';

const day = 86_400_000;
const from = Date.UTC(2026, 8, 24);
const to = Date.UTC(2026, 11, 24);
const rows: [what: string, now: number, ahead: number, warning: string | undefined][] = [
  ['long before the end', to - 15 * day, 14, undefined],
  ['at the edge', to - 14 * day, 14, 'certificate expires in 14 days, on 2026-12-24'],
  ['the day before', to - 1.5 * day, 14, 'certificate expires in 1 day, on 2026-12-24'],
  ['within the last day', to - 3600_000, 14, 'certificate expires in 0 days, on 2026-12-24'],
  ['after it', to + 3 * day, 14, 'certificate expired 3 days ago, on 2026-12-24'],
  ['after it, when nothing shall be said', to + 3 * day, 0, undefined],
  ['before its beginning', from - 2.5 * day, 14, 'certificate is not valid before 2026-09-24, in 2 days'],
  ['at its beginning', from, 14, undefined],
  ['before its beginning, when nothing shall be said', from - day, 0, undefined],
];

describe('certificate validity', () => {
  for (const [what, now, ahead, warning] of rows)
    it(`${what}: ${warning ?? 'no word'}`, () =>
      assert.equal(warnOfValidity({ from, to }, now, milliseconds(ahead * day)), warning));

  it('says nothing of times that cannot be read', () => {
    const never = { from: Number.NaN, to: Number.NaN };
    assert.equal(warnOfValidity(never, to, milliseconds(day)), undefined);
  });
});
