// Rows of the conversion tables: how each keyword of a block is converted, and the code that follows them. Pure.

import { suggestWord } from '../base/suggestion.ts';
import { type Entries, join, type Node, nest } from './document.ts';
import type { Finding, Statement } from './statement.ts';

/** A statement that keepalived itself cannot use, and why. */
export type Refusal = { readonly refused: string };

/** Converts a statement's words; undefined if they add nothing to regent's default. */
export type Read = (statement: Statement) => Node['content'] | Refusal | undefined;

export type Row = {
  readonly keywords: readonly string[];
  readonly verdict: 'carried' | 'lost' | 'needless';
  /** regent's key, dotted, below the table's own place; shown in the documentation. */
  readonly to?: string;
  /** Absent if the block's conversion reads the statement itself, together with others. */
  readonly read?: Read;
  /** How its value or meaning changes, why it is not converted, what to do instead. */
  readonly note: string;
  /** Whether the whole entry is dropped if this cannot be converted. */
  readonly isVital?: boolean;
  /** Of several lines the first counts, not the last: the first whose value is not keepalived's default. */
  readonly first?: { readonly standard: unknown };
};

export type Table = {
  /** The block's name in keepalived's manual. */
  readonly block: string;
  /** The place of its keys in regent's configuration. */
  readonly into: string;
  readonly rows: readonly Row[];
};

const words = (keywords: string): string[] => keywords.split(' ');

/** A keyword whose value is converted here and written to a key. */
export const key = (keywords: string, to: string, read: Read, note = ''): Row => ({
  keywords: words(keywords),
  verdict: 'carried',
  to,
  read,
  note,
});

export const vitalKey = (keywords: string, to: string, read: Read, note = ''): Row => ({
  ...key(keywords, to, read, note),
  isVital: true,
});

/**
 * A keyword of which keepalived keeps the first line; of others the last line counts.
 * @param standard its default: a line with it does not count as given.
 */
export const firstOnly = (row: Row, standard?: unknown): Row => ({ ...row, first: { standard } });

/** A keyword that the block's conversion reads together with others. */
export const used = (keywords: string, to: string, note = ''): Row => ({
  keywords: words(keywords),
  verdict: 'carried',
  to,
  note,
});

export const lost = (keywords: string, note: string): Row => ({ keywords: words(keywords), verdict: 'lost', note });

export const needless = (keywords: string, note: string): Row => ({
  keywords: words(keywords),
  verdict: 'needless',
  note,
});

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refused' in value && typeof value.refused === 'string';

const findRow = (table: Table, keyword: string): Row | undefined =>
  table.rows.find(({ keywords }) => keywords.includes(keyword));

/** White space of Unicode beyond ASCII, and what has no width. */
const oddSpace = /[\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]/;

const isOff = ({ words: [value], block }: Statement): boolean =>
  block === undefined && value !== undefined && ['0', 'off', 'no', 'false'].includes(value);

export type Carried = { readonly entries: Entries; readonly findings: readonly Finding[] };

/** Converts each statement of a block by the table. */
export const carry = (statements: readonly Statement[], table: Table): Carried => {
  const findings: Finding[] = [];
  const given = new Set<Row>();
  const parts = statements.map((statement): Entries => {
    const { keyword, place } = statement;
    const say = (kind: Finding['kind'], message: string): Entries => {
      findings.push({ kind, keyword, place, message });
      return {};
    };
    const row = findRow(table, keyword);
    if (row === undefined && oddSpace.test(keyword))
      return say('mistaken', 'it has a space that is not ASCII, which is a part of the word to keepalived: replace it');
    if (row === undefined) {
      const near = suggestWord(
        keyword,
        table.rows.flatMap(({ keywords }) => keywords),
      );
      const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
      return say('mistaken', `keepalived has no such keyword in ${table.block}${hint}`);
    }
    if (row.verdict !== 'carried') {
      if (row.verdict === 'lost' && isOff(statement)) return say('needless', 'it is off here');
      return say(row.verdict, row.note);
    }
    if (row.read === undefined || row.to === undefined) return {};
    const content = row.read(statement);
    if (content === undefined) return {};
    if (isRefusal(content)) return say('mistaken', content.refused);
    if (row.first !== undefined && given.has(row))
      return say('mistaken', 'it is given already: keepalived keeps the first');
    if (content !== row.first?.standard) given.add(row);
    const [value = ''] = statement.words;
    if (typeof content === 'number' && !/^[+-]?\d+$/.test(value))
      say('mistaken', `keepalived reads ${value} as ${content}`);
    else if (typeof content === 'number' && content !== Number(value))
      say('changed', `it becomes ${content}, which is as far as regent goes`);
    const node: Node = { content, origin: { keyword, place } };
    return nest(row.to, row.isVital === true ? { ...node, isVital: true } : node);
  });
  return { entries: join(...parts), findings };
};
