// What a keepalived.conf is made of once comments, variables and includes are resolved, and what there is to say about it.

/** Where a line stands; lines count from 1. */
export type Place = { readonly file: string; readonly line: number };

/** A line after expansion: no comment, no variable that is defined, no condition. */
export type Line = { readonly text: string; readonly place: Place };

/** A keyword with its words, and its block where it has one. */
export type Statement = {
  readonly keyword: string;
  readonly words: readonly string[];
  /** All that follows the keyword, quotes included: scripts are split by rules of their own. */
  readonly text: string;
  readonly place: Place;
  readonly block: readonly Statement[] | undefined;
};

/**
 * What becomes of a keyword that has no plain place in regent's configuration:
 * - `lost`: it could not be carried, and the way around it is named;
 * - `needless`: regent does it anyway, or has no use for it;
 * - `changed`: it was carried, with another meaning or value;
 * - `mistaken`: keepalived itself ignores or refuses it.
 */
export type Finding = {
  readonly kind: 'lost' | 'needless' | 'changed' | 'mistaken';
  readonly keyword: string;
  readonly place: Place;
  readonly message: string;
};

export const isStatement = (value: Statement | undefined): value is Statement => value !== undefined;

/** The statements of a block; none where there is no block. */
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

const placeOf = ({ place }: Finding): string => `${place.file}:${place.line}`;

/** Formats findings with the same message once, with their places and the keywords that they are about. */
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

/** The places, of one file the lines alone. */
const placesOf = (places: readonly string[]): string => {
  const [first = '', ...rest] = places;
  const file = first.replace(/\d+$/, '');
  return [first, ...rest.map((place) => (place.startsWith(file) ? place.slice(file.length) : place))].join(', ');
};
