// Twelve routers advertise every 10 ms while every processor is occupied: nobody is elected without a cause.

import assert from 'node:assert/strict';
import { measureSteadiness } from '../../bench/measure-steadiness.ts';
import { extent } from './extent.ts';

const seconds = extent(600, 6);

describe('twelve routers at 10 ms on busy processors', () => {
  it(`elect nobody without a cause in ${seconds} s`, async () => {
    const { gaps, elections } = await measureSteadiness('regent', true, seconds);
    assert.ok(gaps.median > 8 && gaps.median < 15, `advertised every ${gaps.median} ms`);
    assert.equal(elections, 0, `worst gap ${gaps.worst} ms`);
  });
});
