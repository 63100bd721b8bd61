// Builds the tree of blocks from expanded lines. Pure.

import { splitWords, type Token } from './lines.ts';
import type { Finding, Line, Place, Statement } from './statement.ts';

type Draft = Omit<Statement, 'block'> & { block: Draft[] | undefined };

export type Tree = { readonly statements: readonly Statement[]; readonly findings: readonly Finding[] };

/**
 * Builds the tree. A `{` belongs to the keyword before it, on the same line or above; text after a `}` begins a new statement.
 */
export const buildTree = (lines: readonly Line[]): Tree => {
  const roots: Draft[] = [];
  const findings: Finding[] = [];
  const stack: { readonly list: Draft[]; readonly opener: Draft }[] = [];
  let list = roots;
  let last: Draft | undefined;

  const complain = (keyword: string, place: Place, message: string): void => {
    findings.push({ kind: 'mistaken', keyword, place, message });
  };

  const addStatement = ({ text, place }: Line, words: readonly Token[]): void => {
    const [first, ...rest] = words;
    if (first === undefined) return;
    const from = rest[0]?.start ?? first.end;
    const draft: Draft = {
      keyword: first.text,
      words: rest.map((word) => word.text),
      text: text.slice(from, rest.at(-1)?.end ?? from),
      place,
      block: undefined,
    };
    list.push(draft);
    last = draft;
  };

  const openBlock = ({ place }: Line): void => {
    if (last === undefined || last.block !== undefined) {
      complain('{', place, 'opens no block here');
      last = { keyword: '', words: [], text: '', place, block: undefined };
    }
    last.block = [];
    stack.push({ list, opener: last });
    list = last.block;
    last = undefined;
  };

  const closeBlock = ({ place }: Line): void => {
    const outer = stack.pop();
    if (outer === undefined) complain('}', place, 'closes no block: there is one too many');
    else list = outer.list;
    last = undefined;
  };

  for (const line of lines) {
    const { tokens, isOpen } = splitWords(line.text);
    if (isOpen) complain(tokens[0]?.text ?? '"', line.place, 'has a quote that is never closed');
    let words: Token[] = [];
    for (const token of tokens) {
      if (token.type === 'word') {
        words.push(token);
        continue;
      }
      addStatement(line, words);
      words = [];
      if (token.type === '{') openBlock(line);
      else closeBlock(line);
    }
    addStatement(line, words);
  }
  for (const { opener } of stack) complain(opener.keyword, opener.place, 'its block is never closed');
  return { statements: roots, findings };
};
