// What a suite came to, read from its own output, and what is said of all suites in the end. Pure.

export type Totals = { readonly passed: number; readonly failed: number };
/** A test that failed, or a hook before tests. `file` is the one that the test runner was given. */
export type Failure = { readonly file: string; readonly title: string };
/** @property words its last words about what failed. */
export type Outcome = Totals & { readonly failures: readonly Failure[]; readonly words: readonly string[] };
/** A suite, and its failed files once more, where they were tried once more. */
export type Result = { readonly suite: string; readonly first: Outcome; readonly second?: Outcome };

const failureMark = 'failed in ';
/** The line that the reporter prints for each failure. */
export const failureLine = ({ file, title }: Failure): string =>
  `${failureMark}${file}: ${title.replaceAll(/\s+/g, ' ')}`;

const parseFailure = (line: string): Failure[] => {
  const end = line.indexOf(': ');
  if (!line.startsWith(failureMark) || end === -1) return [];
  return [{ file: line.slice(failureMark.length, end), title: line.slice(end + 2) }];
};

const count = (lines: readonly string[], word: string): number =>
  Number(lines.flatMap((line) => new RegExp(`^\\s*(\\d+) ${word}\\b`).exec(line)?.[1] ?? [])[0] ?? 0);

/** What was wrong, from Mocha's list of failures on; the last lines where there is none. */
const lastWords = (lines: readonly string[]): readonly string[] => {
  const from = lines.findLastIndex((line) => /^\s*\d+ failing\b/.test(line));
  return lines.slice(from === -1 ? -30 : from).filter((line) => !line.startsWith(failureMark));
};

/**
 * Mocha's own totals count, and one failure at least where the suite did not end well: a suite that cannot run is a failure.
 * @param code the suite's exit code
 * @param isOneTest whether the suite is no run of Mocha but one test as a whole
 */
export const outcomeOf = (lines: readonly string[], code: number | null, isOneTest = false): Outcome => {
  const [passed, failing] = isOneTest ? [code === 0 ? 1 : 0, 0] : [count(lines, 'passing'), count(lines, 'failing')];
  const isWell = code === 0 && passed + failing > 0;
  const failed = isWell ? failing : Math.max(1, failing);
  return { passed, failed, failures: lines.flatMap(parseFailure), words: failed === 0 ? [] : lastWords(lines) };
};

/** The files to try once more; none where a failure belongs to no file. */
export const filesToTryAgain = ({ failed, failures }: Outcome): readonly string[] =>
  failures.length < failed ? [] : [...new Set(failures.map(({ file }) => file))].sort();

const isAmong = (failures: readonly Failure[], { file, title }: Failure): boolean =>
  failures.some((other) => other.file === file && other.title === title);

/** A suite whose failed files hold in their second try has passed. */
const totalsOf = ({ first, second }: Result): Totals => {
  if (second === undefined || second.failed > 0) return first;
  return { passed: first.passed + first.failed, failed: 0 };
};

export const sum = (results: readonly Result[]): Totals =>
  results
    .map(totalsOf)
    .reduce((one, other) => ({ passed: one.passed + other.passed, failed: one.failed + other.failed }), {
      passed: 0,
      failed: 0,
    });

/** Names each test that did not pass at once, also where all have passed in the end. */
const secondTries = (results: readonly Result[]): readonly string[] => {
  const tried = results.flatMap(({ suite, first, second }) =>
    second === undefined
      ? []
      : first.failures.map((failure) => {
          const end = isAmong(second.failures, failure) || second.passed === 0 ? ' (failed again)' : '';
          return `${suite} ${failure.file}: ${failure.title}${end}`;
        }),
  );
  return [`${tried.length} needed a second try${tried.length === 0 ? '' : ':'}`, ...tried.map((line) => `  ${line}`)];
};

/** What is said after all suites: what failed and why, what needed a second try, and the totals, alone on the last line. */
export const closing = (results: readonly Result[]): readonly string[] => {
  const { passed, failed } = sum(results);
  const words = results.flatMap(({ suite, first, second }) =>
    [
      ...first.words,
      ...(second === undefined || second.failed === 0 ? [] : ['once more, alone:', ...second.words]),
    ].map((line) => `${suite} ${line}`),
  );
  return [...words, '', ...secondTries(results), '', `${passed} passed, ${failed} failed`];
};
