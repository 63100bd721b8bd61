// The statements of a keepalived.conf after comments, variables and includes are resolved, and findings about them.

/** The place of a line; lines count from 1. */
export type Place = { readonly file: string; readonly line: number };

/** A line after expansion: no comment, no defined variable, no condition. */
export type Line = { readonly text: string; readonly place: Place };

/** A keyword with its words, and its block if it has one. */
export type Statement = {
  readonly keyword: string;
  readonly words: readonly string[];
  /** The text after the keyword, quotes included: scripts have their own splitting rules. */
  readonly text: string;
  readonly place: Place;
  readonly block: readonly Statement[] | undefined;
};

/**
 * How a keyword without an exact counterpart in regent's configuration is treated:
 * - `lost`: it could not be converted, and an alternative is named;
 * - `needless`: regent does it anyway, or has no use for it;
 * - `changed`: it was converted, with another meaning or value;
 * - `mistaken`: keepalived itself ignores or refuses it.
 */
export type Finding = {
  readonly kind: 'lost' | 'needless' | 'changed' | 'mistaken';
  readonly keyword: string;
  readonly place: Place;
  readonly message: string;
};

/** The statements of a block; empty without a block. */
export const blockOf = (statement: Statement | undefined): readonly Statement[] => statement?.block ?? [];

/** The last statement of a keyword wins, as it does in keepalived. */
export const lastOf = (statements: readonly Statement[], ...keywords: readonly string[]): Statement | undefined =>
  statements.findLast(({ keyword }) => keywords.includes(keyword));

const verdicts: Readonly<Record<Finding['kind'], string>> = {
  lost: 'not carried',
  needless: 'not needed',
  changed: 'changed',
  mistaken: 'a mistake',
};

const compare = (a: Finding, b: Finding): number =>
  a.place.file === b.place.file ? a.place.line - b.place.line : a.place.file < b.place.file ? -1 : 1;

/** Formats findings for a terminal, one a line, each once, in the order of the file. */
export const formatFindings = (findings: readonly Finding[]): string[] => [
  ...new Set(
    [...findings]
      .sort(compare)
      .map(
        ({ kind, keyword, place, message }) => `${place.file}:${place.line}: ${keyword}: ${verdicts[kind]}: ${message}`,
      ),
  ),
];

export const placeOf = ({ place }: { readonly place: Place }): string => `${place.file}:${place.line}`;

/** The places; within one file only the lines. */
const placesOf = (places: readonly string[]): string => {
  const [first = '', ...rest] = places;
  const file = first.replace(/\d+$/, '');
  return [first, ...rest.map((place) => (place.startsWith(file) ? place.slice(file.length) : place))].join(', ');
};

/** Formats findings with the same message once, with their places and keywords. */
export const formatGroups = (findings: readonly Finding[]): string[] => {
  const groups = new Map<string, Finding[]>();
  for (const finding of [...findings].sort(compare)) {
    groups.set(finding.message, [...(groups.get(finding.message) ?? []), finding]);
  }
  return [...groups].map(([message, some]) => {
    const keywords = [...new Set(some.map(({ keyword }) => keyword))];
    const named =
      keywords.length > 3 ? `${keywords.slice(0, 3).join(', ')} and ${keywords.length - 3} more` : keywords.join(', ');
    return `${named}: ${message} (${placesOf([...new Set(some.map(placeOf))])})`;
  });
};
