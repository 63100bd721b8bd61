// Rise and fall, as a table: `+` a success, `-` a failure, and the health after each.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../base/units.ts';
import type { Outcome } from '../../../healthcheck/outcome.ts';
import { type Counting, isChanging, judge, unknownVerdict, type Verdict } from '../../../healthcheck/verdict.ts';

const success: Outcome = { ok: true, latency: milliseconds(2) };
const at = (value: number): Instant => value as Instant;
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
        verdict = judge(verdict, probe === '+' ? success : failure, { rise, fall }, at(0));
        seen += verdict.health === 'up' ? 'U' : 'D';
      }
      assert.equal(seen, healths);
      assert.equal(verdict.reason, reason);
    });
  }

  it('keeps the latency of the probe that decided', () => {
    const up = judge(unknownVerdict, success, { rise: 1, fall: 2 }, at(0));
    assert.equal(judge(up, failure, { rise: 1, fall: 2 }, at(0)).latency, 2);
    assert.equal(judge(up, failure, { rise: 1, fall: 1 }, at(0)).latency, 3);
  });

  it('is the same object while nothing changes, and is changing only between', () => {
    const rules = { rise: 2, fall: 2 };
    const up = judge(unknownVerdict, success, rules, at(0));
    assert.equal(judge(up, success, rules, at(1)), up);
    assert.equal(isChanging(up), false);
    const doubted = judge(up, failure, rules, at(2));
    assert.equal(isChanging(doubted), true);
    assert.equal(isChanging(judge(doubted, failure, rules, at(3))), false);
  });

  it('keeps the latest weight that an outcome had', () => {
    const rules = { rise: 2, fall: 2 };
    const up = judge(unknownVerdict, { ...success, weight: 7 }, rules, at(0));
    assert.equal(up.weight, 7);
    assert.equal(judge(up, success, rules, at(1)).weight, 7);
    assert.equal(judge(up, { ...success, weight: 0 }, rules, at(1)).weight, 0);
  });
});

describe('flap damping', () => {
  const rules: Counting = {
    rise: 1,
    fall: 1,
    flapDamping: { falls: 3, within: milliseconds(100), hold: milliseconds(50) },
  };
  /** `-` and `+` are probed 10 ms apart, `.` is 10 ms without a probe. */
  const run = (probes: string, counting = rules): { readonly seen: string; readonly verdict: Verdict } => {
    let verdict = unknownVerdict;
    let seen = '';
    for (const [index, probe] of [...probes].entries()) {
      if (probe !== '.') verdict = judge(verdict, probe === '+' ? success : failure, counting, at(index * 10));
      seen += verdict.health === 'up' ? 'U' : 'D';
    }
    return { seen, verdict };
  };
  const flaps = [
    { what: 'two falls are believed', probes: '+-+-+', healths: 'UDUDU' },
    { what: 'after the third it is held', probes: '+-+-+-++++', healths: 'UDUDUDDDDD' },
    { what: 'until it has not failed for the hold', probes: '+-+-+-+++++', healths: 'UDUDUDDDDDU' },
    { what: 'a failure begins the hold anew', probes: '+-+-+-+++-++++', healths: 'UDUDUDDDDDDDDD' },
    { what: 'falls far apart do not count', probes: '+-.....+-....+-+', healths: 'UDDDDDDUDDDDDUDU' },
    { what: 'the first probe of all is no fall', probes: '-+-+-+', healths: 'DUDUDU' },
  ];
  for (const { what, probes, healths } of flaps) {
    it(`${what}: ${probes}`, () => assert.equal(run(probes).seen, healths));
  }

  it('says so, and remembers no more falls than it asks about', () => {
    const { verdict } = run('+-+-+-');
    assert.match(
      verdict.reason,
      /^1 failure: connection refused; it went down 3 times within 100 ms, so it is held down/,
    );
    assert.equal(run('+-+-+-.....+-.....+-.....+-').verdict.falls.length, 3);
  });

  it('is off unless asked for', () => assert.equal(run('+-+-+-+', { rise: 1, fall: 1 }).seen, 'UDUDUDU'));
});
