// The summary of an import: how much was converted, what changed, what was not converted, and why. Pure.

import { blockOf, type Finding, formatFindings, formatGroups, placeOf, type Statement } from './statement.ts';

const headings: readonly (readonly [Finding['kind'], string])[] = [
  ['lost', 'Not carried: regent has nothing of the kind'],
  ['changed', 'Carried with another value or meaning'],
  ['mistaken', 'Mistakes: keepalived ignores or changes them, too'],
  ['needless', 'Not needed: regent does it anyway'],
];

const count = (number: number, what: string): string => `${number} ${what}`;

/** Deliberate differences of regent, whatever the file says. */
const otherwise =
  'On purpose otherwise: addresses carry a lifetime that a living master renews, and go by themselves when it dies; a new master announces at once, at most 500 times a second.';

const linesOf = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap((statement) => [placeOf(statement), ...linesOf(blockOf(statement))]);

/** How many lines have no note, and how many notes there are of each kind. */
const totals = (findings: readonly Finding[], statements: readonly Statement[]): string => {
  const noted = new Set(findings.map(placeOf));
  const carried = new Set(linesOf(statements).filter((line) => !noted.has(line))).size;
  const notes = [
    ['changed', 'changed'],
    ['lost', 'not carried'],
    ['mistaken', 'mistaken'],
    ['needless', 'not needed'],
  ].map(([kind, what = '']) => count(findings.filter((finding) => finding.kind === kind).length, what));
  return [`${carried} lines carried as they are`, ...notes].join(', ');
};

/** The summary: each note once with all its places, needless keywords only by number; or every note at its place. */
export const formatSummary = (
  file: string,
  findings: readonly Finding[],
  statements: readonly Statement[],
  { verbose, isEmpty }: { readonly verbose: boolean; readonly isEmpty: boolean },
): readonly string[] => {
  const first = `${file}: ${totals(findings, statements)}`;
  const end = isEmpty
    ? ['Nothing is left: of what the file names no router and no service could be carried, for the reasons above.']
    : [otherwise];
  if (verbose) return [first, ...formatFindings(findings), ...end];
  const groups = headings.flatMap(([kind, title]) => {
    const some = findings.filter((finding) => finding.kind === kind);
    if (some.length === 0 || kind === 'needless') return [];
    return [`${title}:`, ...formatGroups(some).map((line) => `  ${line}`)];
  });
  const hidden = findings.some(({ kind }) => kind === 'needless');
  return [first, ...groups, ...end, ...(hidden ? ['See all notes, each at its place, with --verbose.'] : [])];
};
