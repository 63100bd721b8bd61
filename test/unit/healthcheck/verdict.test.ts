// Rise and fall, as a table: `+` a success, `-` a failure, and the health after each.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../config/units.ts';
import { judge, type Outcome, unknownVerdict } from '../../../healthcheck/verdict.ts';

const success: Outcome = { ok: true, latency: milliseconds(2) };
const failure: Outcome = { ok: false, latency: milliseconds(3), error: 'connection refused' };

const rows = [
  { rise: 2, fall: 3, probes: '+', healths: 'U', reason: 'the first probe succeeded' },
  { rise: 2, fall: 3, probes: '-', healths: 'D', reason: 'the first probe failed: connection refused' },
  { rise: 2, fall: 3, probes: '+--', healths: 'UUU', reason: 'the first probe succeeded' },
  { rise: 2, fall: 3, probes: '+---', healths: 'UUUD', reason: '3 failures in a row: connection refused' },
  { rise: 2, fall: 3, probes: '+--+--', healths: 'UUUUUU', reason: 'the first probe succeeded' },
  { rise: 2, fall: 3, probes: '+-----', healths: 'UUUDDD', reason: '3 failures in a row: connection refused' },
  { rise: 2, fall: 3, probes: '-+', healths: 'DD', reason: 'the first probe failed: connection refused' },
  { rise: 2, fall: 3, probes: '-++', healths: 'DDU', reason: '2 successes in a row' },
  { rise: 2, fall: 3, probes: '-+-+', healths: 'DDDD', reason: 'the first probe failed: connection refused' },
  { rise: 2, fall: 3, probes: '-++--', healths: 'DDUUU', reason: '2 successes in a row' },
  { rise: 1, fall: 1, probes: '+-', healths: 'UD', reason: '1 failure: connection refused' },
  { rise: 1, fall: 1, probes: '-+', healths: 'DU', reason: '1 success' },
];

describe('verdict', () => {
  for (const { rise, fall, probes, healths, reason } of rows) {
    it(`rise ${rise}, fall ${fall}: ${probes} gives ${healths}, ${reason}`, () => {
      let verdict = unknownVerdict;
      let seen = '';
      for (const probe of probes) {
        verdict = judge(verdict, probe === '+' ? success : failure, { rise, fall });
        seen += verdict.health === 'up' ? 'U' : 'D';
      }
      assert.equal(seen, healths);
      assert.equal(verdict.reason, reason);
    });
  }

  it('keeps the latency of the probe that decided', () => {
    const up = judge(unknownVerdict, success, { rise: 1, fall: 2 });
    assert.equal(judge(up, failure, { rise: 1, fall: 2 }).latency, 2);
    assert.equal(judge(up, failure, { rise: 1, fall: 1 }).latency, 3);
  });
});
