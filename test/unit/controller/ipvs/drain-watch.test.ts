// What is told of a destination that drains: its beginning, its progress now and then, its end.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import { type DrainMemory, type Leaving, watchDrains } from '../../../../controller/ipvs/drain-watch.ts';

const at = (value: number): Instant => value as Instant;
const key = 'tcp 10.0.0.1:80 -> 10.1.0.1:80';
const endless: Leaving = {
  key,
  name: 'rs0',
  why: 'failed',
  since: at(0),
  connections: 3,
  isLast: false,
};
const leaving: Leaving = { ...endless, deadline: at(30_000) };

const play = (...turns: [now: number, ...leaving: Leaving[]][]): string[] => {
  let memory: DrainMemory = new Map();
  return turns.map(([now, ...all]) => {
    const [next, lines] = watchDrains(memory, all, at(now));
    memory = next;
    return lines.map(({ name, text }) => `${name}: ${text}`).join('\n');
  });
};

describe('the watch over drains', () => {
  it('tells of the beginning, every ten seconds, and of the end', () =>
    assert.deepEqual(
      play(
        [0, leaving],
        [9_999, leaving],
        [10_000, { ...leaving, connections: 1 }],
        [12_500, { ...leaving, connections: 0, isLast: true }],
        [13_000],
      ),
      [
        `rs0: ${key} drains (failed): 3 connections may finish within 30 s`,
        '',
        `rs0: ${key} has drained for 10 s: 1 connection left, 3 before`,
        `rs0: ${key} removed 12.5 s after it failed: it is idle`,
        '',
      ],
    ));

  it('says how many connections the drain timeout cuts', () =>
    assert.deepEqual(play([30_000, { ...leaving, isLast: true }]), [
      `rs0: ${key} removed 30 s after it failed: its drain timeout has passed and cuts 3 connections`,
    ]));

  it('promises no end where there is none', () =>
    assert.deepEqual(play([0, { ...endless, why: 'drained by command' }]), [
      `rs0: ${key} drains (drained by command): 3 connections may finish`,
    ]));
});
