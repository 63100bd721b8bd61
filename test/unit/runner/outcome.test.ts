// What the runner makes of a suite's output, and what it says in the end: no second try stays unsaid.

import { deepEqual, equal } from 'node:assert/strict';
import {
  closing,
  type Failure,
  failureLine,
  filesToTryAgain,
  type Outcome,
  outcomeOf,
  type Result,
  sum,
} from '../../../test/runner/outcome.ts';

const late: Failure = { file: 'dist/test/netns/a.test.js', title: 'a router rules: in time' };
const lost: Failure = { file: 'dist/test/netns/b.test.js', title: 'b "before all" hook' };
const output = (passing: number, failures: readonly Failure[]): string[] => [
  '  ✔ 7 passing strangers',
  '',
  `  ${passing} passing (3s)`,
  ...(failures.length === 0 ? [] : [`  ${failures.length} failing`, '', '  1) a router', '     Error: too late']),
  ...failures.map(failureLine),
];
const outcome = (passing: number, failures: readonly Failure[] = []): Outcome =>
  outcomeOf(output(passing, failures), failures.length === 0 ? 0 : failures.length);
const ending = (...results: readonly Result[]): string[] => {
  const lines = closing(results);
  return lines.slice(lines.findIndex((line) => line.includes('needed a second try')));
};

describe('the outcome of a suite', () => {
  it('is what Mocha counts', () => {
    deepEqual(outcome(12), { passed: 12, failed: 0, failures: [], words: [] });
  });

  it('names each failure with its file, and keeps what was wrong', () => {
    const { passed, failed, failures, words } = outcome(3, [late, lost]);
    deepEqual({ passed, failed, failures }, { passed: 3, failed: 2, failures: [late, lost] });
    deepEqual(words.slice(0, 4), ['  2 failing', '', '  1) a router', '     Error: too late']);
  });

  it('keeps a title in one line', () => {
    equal(failureLine({ file: 'a.test.js', title: 'a\n  b' }), 'failed in a.test.js: a b');
  });

  for (const { name, lines, code } of [
    { name: 'that ran no test', lines: [], code: 0 },
    { name: 'that ended badly though no test failed', lines: output(3, []), code: 1 },
    { name: 'that a signal ended', lines: output(3, []), code: null },
    { name: 'that could not run', lines: ['cannot run: ENOENT'], code: null },
  ])
    it(`is a failure for one ${name}`, () => {
      const { failed, words } = outcomeOf(lines, code);
      equal(failed, 1);
      deepEqual(words, lines);
    });

  it('is one test for a suite that is no run of Mocha', () => {
    deepEqual(outcomeOf(['Checked 3 files.'], 0, true), { passed: 1, failed: 0, failures: [], words: [] });
    equal(outcomeOf(['3 errors'], 1, true).failed, 1);
  });

  it('has each file that failed tried once more', () => {
    deepEqual(filesToTryAgain(outcome(1, [lost, late, late])), [late.file, lost.file]);
    deepEqual(filesToTryAgain(outcome(1)), []);
  });

  it('has none tried once more where a failure belongs to no file', () => {
    deepEqual(filesToTryAgain({ ...outcome(1, [late]), failed: 2 }), []);
    deepEqual(filesToTryAgain(outcomeOf([], 1)), []);
  });
});

describe('the end of all suites', () => {
  const calm: Result = { suite: 'unit', first: outcome(5) };

  it('says that no second try was needed', () => {
    deepEqual(ending(calm), ['0 needed a second try', '', '5 passed, 0 failed']);
  });

  it('names each test that needed one, though all have passed', () => {
    const result: Result = { suite: 'netns', first: outcome(3, [late, lost]), second: outcome(9) };
    deepEqual(sum([calm, result]), { passed: 10, failed: 0 });
    deepEqual(ending(calm, result), [
      '2 needed a second try:',
      `  netns ${late.file}: ${late.title}`,
      `  netns ${lost.file}: ${lost.title}`,
      '',
      '10 passed, 0 failed',
    ]);
  });

  it('says which of them failed again, and counts what failed first', () => {
    const result: Result = { suite: 'netns', first: outcome(3, [late, lost]), second: outcome(8, [lost]) };
    deepEqual(ending(result), [
      '2 needed a second try:',
      `  netns ${late.file}: ${late.title}`,
      `  netns ${lost.file}: ${lost.title} (failed again)`,
      '',
      '3 passed, 2 failed',
    ]);
  });

  it('takes a second try that ran no test for a failure', () => {
    const result: Result = { suite: 'ipvs', first: outcome(3, [late]), second: outcomeOf([], 1) };
    equal(ending(result)[1], `  ipvs ${late.file}: ${late.title} (failed again)`);
    equal(ending(result).at(-1), '3 passed, 1 failed');
  });

  it('counts no second try for a suite that had none', () => {
    deepEqual(ending({ suite: 'unit', first: outcome(3, [late]) }), [
      '0 needed a second try',
      '',
      '3 passed, 1 failed',
    ]);
  });

  it('says why what failed did, at the first try, too', () => {
    const lines = closing([{ suite: 'netns', first: outcome(3, [late]), second: outcome(9) }]);
    deepEqual(lines.slice(0, 4), ['netns   1 failing', 'netns ', 'netns   1) a router', 'netns      Error: too late']);
  });

  it('has the totals alone on one line, the last', () => {
    const result: Result = { suite: 'netns', first: outcome(3, [late]), second: outcome(8, [lost]) };
    const totals = closing([calm, result]).filter((line) => /^\d+ passed, \d+ failed$/.test(line));
    deepEqual(totals, ['8 passed, 1 failed']);
  });
});
