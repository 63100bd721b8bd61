// Twelve routers advertise every 10 ms while every processor is occupied: nobody is elected without a cause.

import assert from 'node:assert/strict';
import { measureSteadiness, type Steadiness } from '../../bench/measure-steadiness.ts';
import { extent, unlessShort } from './extent.ts';

const seconds = extent(600, 6);
const secondsBeside = extent(30, unlessShort(3, 0));

/** Beside what is asserted stands what the same machine does to a process of ordinary priority. */
const tell = (what: string, { gaps, elections, uncaused, standstills }: Steadiness): void => {
  const longest = Math.max(0, ...standstills).toFixed(0);
  process.stdout.write(
    `      ${what}: worst gap ${gaps.worst.toFixed(1)} ms, ${elections} elections (${uncaused} without a standstill of a processor, ` +
      `of which there were ${standstills.length}, of ${longest} ms at most)\n`,
  );
};

describe('twelve routers at 10 ms on busy processors', () => {
  it(`elect nobody without a cause in ${seconds} s`, async () => {
    const found = await measureSteadiness('regent', true, seconds);
    tell(`${seconds} s in real time`, found);
    assert.ok(found.gaps.median > 8 && found.gaps.median < 15, `advertised every ${found.gaps.median} ms`);
    assert.equal(found.uncaused, 0);
    if (secondsBeside > 0) tell(`${secondsBeside} s without`, await measureSteadiness('regent', false, secondsBeside));
  });
});
