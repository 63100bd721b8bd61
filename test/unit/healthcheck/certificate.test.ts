// From when on a certificate's end is worth a word.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { warnOfExpiry } from '../../../healthcheck/certificate.ts';

const day = 86_400_000;
const end = Date.UTC(2026, 11, 24);
const rows: [what: string, left: number, ahead: number, warning: string | undefined][] = [
  ['long before', 15 * day, 14, undefined],
  ['at the edge', 14 * day, 14, 'certificate expires in 14 days, on 2026-12-24'],
  ['the day before', 1.5 * day, 14, 'certificate expires in 1 day, on 2026-12-24'],
  ['within the last day', 3600_000, 14, 'certificate expires in 0 days, on 2026-12-24'],
  ['after it', -3 * day, 14, 'certificate expired 3 days ago, on 2026-12-24'],
  ['after it, when nothing shall be said', -3 * day, 0, undefined],
];

describe('certificate expiry', () => {
  for (const [what, left, ahead, warning] of rows)
    it(`${what}: ${warning ?? 'no word'}`, () =>
      assert.equal(warnOfExpiry(end, end - left, milliseconds(ahead * day)), warning));

  it('says nothing of an end that cannot be read', () =>
    assert.equal(warnOfExpiry(Number.NaN, end, milliseconds(day)), undefined));
});
