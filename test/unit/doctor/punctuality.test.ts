// Timers at their bounds, and who is to blame for them.

import assert from 'node:assert/strict';
import { type Favoured, judgeLateness, keepers } from '../../../doctor/punctuality.ts';

describe('judgeLateness', () => {
  const rows: [worst: number, shortest: number, late: boolean][] = [
    [33, 100, false],
    [34, 100, true],
    [99, 1000, false],
    [100, 1000, true],
  ];
  for (const [worst, shortest, late] of rows)
    it(`calls ${worst} ms of ${shortest} ms ${late ? 'late' : 'punctual'}`, () =>
      assert.equal(judgeLateness(worst, shortest).length, late ? 1 : 0));

  it('has those yield that were found', () => {
    const kept = [7, 9].map((pid) => ({ pid, name: 'audio', ran: 500 }));
    const [finding] = judgeLateness(34, 100, kept);
    assert.equal(finding?.mend, 'chrt --all-tasks --rr --pid 40 7 && chrt --all-tasks --rr --pid 40 9');
    assert.match(finding.message, /: audio \(7\), audio \(9\) ran before them/);
  });
});

describe('keepers', () => {
  const thread = (pid: number, ran: number, name = 'audio'): Favoured => ({ pid, name, ran });
  const rows: [what: string, before: Favoured[], after: Favoured[], kept: number[]][] = [
    ['that ran for a tenth of the time', [thread(7, 5000)], [thread(7, 5100)], []],
    ['that ran longer', [thread(7, 5000)], [thread(7, 5110)], [7]],
    ['whose threads ran longer together', [thread(7, 0), thread(7, 0)], [thread(7, 60), thread(7, 50)], [7]],
    ['that has begun since', [], [thread(7, 110)], [7]],
    ['that has ended since', [thread(7, 5000)], [], []],
  ];
  for (const [what, before, after, kept] of rows)
    it(`${kept.length === 0 ? 'leave out' : 'hold'} a program ${what}`, () =>
      assert.deepEqual(
        keepers(before, after, 1000).map(({ pid }) => pid),
        kept,
      ));
  it('go by the name of their first thread', () =>
    assert.deepEqual(keepers([], [thread(7, 60), thread(7, 60, 'worker')], 1000), [thread(7, 120)]));
});
