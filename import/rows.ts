// A table's rows say for each keyword of a block what becomes of it; here they are made and followed. Pure.

import { suggestWord } from '../base/suggestion.ts';
import { type Entries, join, type Node, nest } from './document.ts';
import type { Finding, Statement } from './statement.ts';

/** A statement that keepalived itself could make nothing of, and why. */
export type Refusal = { readonly refused: string };

/** What a statement's words amount to; undefined where they add nothing to regent's default. */
export type Read = (statement: Statement) => Node['content'] | Refusal | undefined;

export type Row = {
  readonly keywords: readonly string[];
  readonly verdict: 'carried' | 'lost' | 'needless';
  /** regent's key, dotted, below the table's own place; shown in the documentation. */
  readonly to?: string;
  /** Absent where the block's translation reads the statement itself, together with others. */
  readonly read?: Read;
  /** How its value or meaning changes, why it is not carried, what to do instead. */
  readonly note: string;
  /** Whether the whole entry must go when this cannot be carried. */
  readonly isVital?: boolean;
};

export type Table = {
  /** The block, as keepalived's manual calls it. */
  readonly block: string;
  /** Where its keys lie in regent's configuration. */
  readonly into: string;
  readonly rows: readonly Row[];
};

const words = (keywords: string): string[] => keywords.split(' ');

/** A keyword whose value is read here and written to a key. */
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

/** A keyword that the block's translation reads together with others. */
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

export const findRow = (table: Table, keyword: string): Row | undefined =>
  table.rows.find(({ keywords }) => keywords.includes(keyword));

const isOff = ({ words: [value], block }: Statement): boolean =>
  block === undefined && value !== undefined && ['0', 'off', 'no', 'false'].includes(value);

export type Carried = { readonly entries: Entries; readonly findings: readonly Finding[] };

/** Follows the table for each statement of a block. */
export const carry = (statements: readonly Statement[], table: Table): Carried => {
  const findings: Finding[] = [];
  const parts = statements.map((statement): Entries => {
    const { keyword, place } = statement;
    const say = (kind: Finding['kind'], message: string): Entries => {
      findings.push({ kind, keyword, place, message });
      return {};
    };
    const row = findRow(table, keyword);
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
    const node: Node = { content, origin: { keyword, place } };
    return nest(row.to, row.isVital === true ? { ...node, isVital: true } : node);
  });
  return { entries: join(...parts), findings };
};
