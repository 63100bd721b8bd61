// What a client's requests amount to, and who held an address.

import assert from 'node:assert/strict';
import type { Outcome } from '../../../drill/client/batch.ts';
import { heldTime, holdersAt, holdingsOf, reachableHoldings } from '../../../drill/recording/holders.ts';
import { during, latenciesOf, longestOutage, outageOf, tally } from '../../../drill/recording/measures.ts';
import { outageOfRun } from '../../../drill/recording/outages.ts';
import type { Event, Run } from '../../../drill/recording/recording.ts';
import { sumBySubject } from '../../../drill/recording/subjects.ts';
import { latencyRows } from '../../../drill/report/numbers.ts';

const good = (start: number, duration = 2): Outcome => [start, duration, 1, 1, 'rs0'];
const bad = (start: number, duration = 1000): Outcome => [start, duration, null, 0, 'no connection in time'];
const every = (from: number, to: number, make: (start: number) => Outcome, step = 20): Outcome[] =>
  Array.from({ length: (to - from) / step }, (_, index) => make(from + index * step));

describe('the outage', () => {
  const cut = [
    ...every(0, 1000, (start) => good(start)),
    ...every(1000, 3000, (start) => bad(start)),
    ...every(3000, 4000, (start) => good(start)),
  ];
  const rows: readonly (readonly [string, readonly Outcome[], number, number])[] = [
    ['is nothing without a failure', every(0, 1000, (start) => good(start)), 0, 0],
    ['begins with the fault, not with the first failure', cut, 990, 3002 - 990],
    ['begins with the last answer without a fault in it', cut, 0, 3002 - 982],
    [
      'does not end with a late answer to an earlier request that began before',
      [...cut, good(985, 100)],
      990,
      3002 - 1085,
    ],
    ['ends with the first answer, also to a request of the outage', [...cut, good(1500, 1000)], 990, 2500 - 990],
    ['has no end without an answer', [good(0), bad(20)], 10, Number.POSITIVE_INFINITY],
    [
      'is short where every second request fails',
      [...every(0, 1000, (start) => (start % 40 === 0 ? good(start) : bad(start, 1))), good(1000)],
      0,
      40,
    ],
    ['is the longest of two', [good(0), bad(20, 1), good(40), bad(60, 1), bad(80, 1), good(100)], 0, 60],
  ];
  for (const [name, requests, from, expected] of rows) it(name, () => assert.equal(outageOf(requests, from), expected));
  it('is none for no request', () => assert.equal(longestOutage([], 0), undefined));
});

describe('requests', () => {
  const requests = [good(0, 5), good(10, 1), good(20, 3), good(30, 2), bad(40)];
  it('have percentiles of those that succeeded, by nearest rank', () =>
    assert.deepEqual(latenciesOf(requests), { p50: 2, p90: 5, p99: 5, p999: 5, max: 5 }));
  it('are counted by server and reason', () =>
    assert.deepEqual(tally(requests), {
      made: 5,
      failed: 1,
      errors: { 'no connection in time': 1 },
      answered: { rs0: 4 },
    }));
  it('belong to a span that they were open in', () =>
    assert.deepEqual(during([good(0, 5), good(0, 15), good(20)], 10, 20), [good(0, 15)]));
});

describe('holders', () => {
  const address = '192.0.2.1';
  const change = (time: number, by: string, held: boolean): Event => ({ type: 'address', time, by, address, held });
  const cut: Event = { type: 'fault', time: 10, what: 'cut lb0', id: 1, place: 'lb0', isolates: true };
  const undo: Event = { type: 'undo', time: 40, id: 1 };
  const events = [change(0, 'lb0', true), cut, change(30, 'lb1', true), undo, change(50, 'lb1', false)];
  it('include an isolated director in what it holds itself', () =>
    assert.deepEqual(heldTime(holdingsOf(events, [address], 60), address, 0, 60), { none: 0, several: 20 }));
  it('that others reach do not include it', () => {
    const holdings = reachableHoldings(events, [address], 60);
    assert.deepEqual(heldTime(holdings, address, 0, 60), { none: 20, several: 10 });
    assert.deepEqual(holdersAt(holdings, address, 35), ['lb1']);
    assert.deepEqual(holdersAt(holdings, address, 45).toSorted(), ['lb0', 'lb1']);
  });
  it('are those of the whole span for a renewed lease', () =>
    assert.deepEqual(holdingsOf([change(0, 'lb0', true), change(5, 'lb0', true)], [address], 9), [
      { by: 'lb0', address, begin: 0, end: 9 },
    ]));
});

describe('the outage of a run', () => {
  const steady = { name: 'steady', began: 0, ended: 900, held: true, checks: [] };
  const step = (began: number, ended: number) => ({ name: 'cut', began, ended, held: true, checks: [] });
  const requests = [
    ...every(0, 1000, (start) => good(start)),
    ...every(1000, 3000, (start) => bad(start, 10)),
    ...every(3000, 4000, (start) => good(start)),
  ];
  it('goes on over the end of the step in which it began', () =>
    assert.equal(outageOfRun({ steps: [steady, step(990, 2000), step(2000, 4000)], requests }), 3002 - 990));
  it('is that of the fault where it ends within the step', () =>
    assert.equal(outageOfRun({ steps: [steady, step(990, 3500)], requests }), 3002 - 990));
  it('is unknown where no step began', () => assert.equal(outageOfRun({ steps: [steady], requests }), undefined));
  it('has no end where no answer comes any more', () =>
    assert.equal(outageOfRun({ steps: [steady, step(990, 2000)], requests: requests.slice(0, 100) }), null));
});

describe('the sum of a program', () => {
  const steady = { name: 'steady', began: 0, ended: 900, held: true, checks: [] };
  const step = { name: 'cut', began: 990, ended: 20_000, held: true, checks: [] };
  const connection = (ended: number | null) => ({ opened: 1, ended });
  const run = (subject: string, verdict: string, back: number, steps: readonly object[] = [steady, step]) =>
    ({
      subject,
      verdict,
      steps,
      requests: [good(980), ...every(1000, back, (start) => bad(start, 10)), ...(back < 15_000 ? [good(back)] : [])],
      connections: [connection(null), connection(verdict === 'held' ? null : 5000), { opened: null, ended: null }],
    }) as unknown as Run;
  it('has its least, median and longest outage, without runs that did not begin', () => {
    const [regent, other] = sumBySubject([
      run('regent', 'held', 3000),
      run('keepalived', 'not begun', 3000, [steady]),
      run('regent', 'held', 2000),
      run('keepalived', 'broken', 4000),
      run('keepalived', 'broken', 15_000),
    ]);
    assert.deepEqual(
      [regent?.subject, regent?.held, regent?.runs.length, regent?.outage],
      ['regent', 2, 2, { least: 1012, median: 1012, most: 2012 }],
    );
    assert.deepEqual([regent?.kept, regent?.opened], [4, 4]);
    assert.deepEqual([other?.held, other?.outage], [0, { least: 3012, median: 3012, most: null }]);
    assert.deepEqual([other?.kept, other?.opened], [3, 6]);
  });
  it('has no outage where no run began', () =>
    assert.equal(sumBySubject([run('regent', 'not begun', 2000, [steady])])[0]?.outage, undefined));
});

describe('the latencies of a report', () => {
  const fault = { type: 'fault', what: '', id: 1, place: 'lb0', isolates: false } as const;
  const steps = [0, 1000, 3000].map((began) => ({ name: '', began, ended: began + 3000, held: true, checks: [] }));
  const cut = [
    ...every(0, 1000, (start) => good(start)),
    ...every(1000, 3000, (start) => bad(start)),
    ...every(3000, 6000, (start) => good(start)),
  ];
  const rowsOf = (events: readonly Event[]) =>
    latencyRows({ steps, events, requests: cut, took: 6000 } as unknown as Run).map((row) => row.slice(0, 3).join(' '));
  it('are those before, during and after the faults, and in the longest outage, also that of a later step', () =>
    assert.deepEqual(
      rowsOf([
        { ...fault, time: 500 },
        { type: 'undo', id: 1, time: 700 },
        { ...fault, time: 1000, id: 2 },
        { type: 'undo', id: 2, time: 4000 },
      ]),
      ['before 25 0', 'during faults 160 100', 'in the outage 101 100', 'after 115 0', 'all 300 100'],
    ));
  it('have no time after a fault where there was none', () =>
    assert.deepEqual(rowsOf([]), ['before 300 100', 'in the outage 101 100', 'all 300 100']));
});
