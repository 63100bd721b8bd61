// The outage and the tally, from made-up requests.

import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { type Attempt, findOutage, measureLongestOutage, measureOutage, tally, within } from '../../../lab/outage.ts';

/** Requests 20 ms apart from 1000 on: `0` and `1` were answered by that server, `x` failed. */
const requests = (pattern: string): Attempt[] =>
  [...pattern].map((letter, index) => ({
    start: 1000 + index * 20,
    duration: 1,
    ...(letter === 'x' ? { ok: false, error: 'ECONNREFUSED' } : { ok: true, server: `rs${letter}` }),
  }));

describe('the outage that a client sees', () => {
  const rows: readonly { pattern: string; from?: number; outage: number }[] = [
    { pattern: '', outage: 0 },
    { pattern: '0101', outage: 0 },
    { pattern: '0101', from: 990, outage: 0 },
    { pattern: '01x1', outage: 20 },
    { pattern: '01xxx1', outage: 60 },
    { pattern: '01x1x1', outage: 60 },
    { pattern: '01xxx1', from: 1005, outage: 95 },
    { pattern: '01xx', outage: Number.POSITIVE_INFINITY },
    { pattern: 'x', from: 990, outage: Number.POSITIVE_INFINITY },
  ];
  for (const { pattern, from, outage } of rows) {
    it(`of ${pattern || 'nothing'}${from === undefined ? '' : ` since ${from}`} is ${outage} ms`, () => {
      equal(measureOutage(requests(pattern), from), outage);
    });
  }

  for (const [pattern, outage] of [
    ['', 0],
    ['0101', 0],
    ['01x1x1', 20],
    ['xx1xxx1x1', 60],
    ['01xx', 21],
    ['x', 1],
  ] as const) {
    it(`of ${pattern || 'nothing'} is at most ${outage} ms at a time`, () => {
      equal(measureLongestOutage(requests(pattern)), outage);
    });
  }

  it('does not last as long as the client waits for a request that was lost', () => {
    const [lost, ...others] = requests('x101');
    equal(measureLongestOutage([{ ...(lost as Attempt), duration: 10_000 }, ...others]), 20);
  });

  it('ends at the first request after which none fails', () => {
    deepEqual(findOutage(requests('0x1x10')), { firstFailure: 1020, restored: 1080 });
  });

  it('has no end while the last request fails', () => {
    deepEqual(findOutage(requests('0x1x')), { firstFailure: 1020 });
  });

  it('holds every failure, whatever the order of good and bad', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('0', '1', 'x')), (letters) => {
        const attempts = requests(letters.join(''));
        const outage = findOutage(attempts);
        const end = outage?.restored ?? Number.POSITIVE_INFINITY;
        return attempts.every(
          ({ ok, start }) => ok || (outage !== undefined && start >= outage.firstFailure && start < end),
        );
      }),
    );
  });
});

describe('the tally of requests', () => {
  it('counts answers by server and failures by reason', () => {
    deepEqual(tally(requests('01x0')), {
      made: 4,
      failed: 1,
      answered: { rs0: 2, rs1: 1 },
      errors: { ECONNREFUSED: 1 },
    });
  });

  it('takes a window from its begin on, before its end, in order of start', () => {
    const starts = within(requests('0101').reverse(), 1020, 1060).map(({ start }) => start);
    deepEqual(starts, [1020, 1040]);
  });
});
