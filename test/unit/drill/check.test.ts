// Expectations that compare names: who holds the addresses, and which servers answer.

import assert from 'node:assert/strict';
import type { Outcome } from '../../../drill/client/batch.ts';
import type { Event } from '../../../drill/recording/recording.ts';
import { checkStep } from '../../../drill/run/check.ts';

const addresses = ['192.0.2.1', '192.0.2.2'];
const held = (address: string, by: string, time = 0): Event => ({ type: 'address', time, by, address, held: true });
const answer = (start: number, server: string): Outcome => [start, 2, 1, 1, server];
const terms = { master_down: 0, interval: 0, detection: 0, recovery: 0 };

const check = (expectation: object, events: readonly Event[], requests: readonly Outcome[] = []) =>
  checkStep(expectation, { requests, events, connections: [], addresses, terms }, 0, 5000).map(
    ({ held: holds, text }) => [holds, text],
  );

describe('the holder that is expected', () => {
  const all = addresses.map((address) => held(address, 'lb0'));
  it('holds every address', () => assert.deepEqual(check({ holder: 'lb0' }, all), [[true, 'held by lb0 (= lb0)']]));
  it('is not another', () => assert.deepEqual(check({ holder: 'lb1' }, all), [[false, 'held by lb0 (= lb1)']]));
  it('does not share one', () => {
    const shared = [...all, held('192.0.2.2', 'lb1')];
    assert.equal(check({ holder: 'lb0' }, shared)[0]?.[0], false);
  });
  it('does not lack one', () => assert.equal(check({ holder: 'lb0' }, all.slice(1))[0]?.[0], false));
});

describe('the servers that are expected', () => {
  const early = answer(100, 'rs0');
  it('all answer in the last second', () =>
    assert.equal(check({ servers: ['rs1', 'rs0'] }, [], [answer(4100, 'rs0'), answer(4200, 'rs1')])[0]?.[0], true));
  it('answer alone, whatever answered earlier', () => {
    assert.equal(check({ servers: ['rs1'] }, [], [early, answer(4100, 'rs1')])[0]?.[0], true);
    assert.equal(check({ servers: ['rs1'] }, [], [answer(4050, 'rs0'), answer(4100, 'rs1')])[0]?.[0], false);
  });
  it('answer at all', () =>
    assert.deepEqual(check({ servers: ['rs0'] }, [], [early]), [[false, 'answered at the end by none (= rs0)']]));
});
