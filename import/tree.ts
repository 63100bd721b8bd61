// Builds the tree of blocks as keepalived's parser does: by its keywords, each with or without a block. Pure.

import { blockKeywords, hasValues, isOfRouters, isOfServices } from './block-keywords.ts';
import { splitWords } from './lines.ts';
import type { Finding, Line, Place, Statement } from './statement.ts';

export type Tree = { readonly statements: readonly Statement[]; readonly findings: readonly Finding[] };

/** What one of keepalived's processes reads: it skips the blocks of the other. */
type Reading = {
  /** The statements of the file itself, by the index of their piece. */
  readonly roots: ReadonlyMap<number, Statement>;
  /** The pieces outside all blocks that have no meaning to it. */
  readonly strays: ReadonlySet<number>;
  /** The pieces of the blocks that it knows and does not skip. */
  readonly understood: ReadonlySet<number>;
  readonly findings: readonly { readonly index: number; readonly finding: Finding }[];
};

const missing = 'its "{" is missing: keepalived reads what follows as its block, up to the next "}"';
const unknownAtRoot = 'keepalived does not know it, and reads what stands in its block as if there were none';
const unknownWithin = 'keepalived does not know it, and takes the end of its block for the end of the block around it';

/** Reads the block of a statement; `path` is its keyword after those of the blocks around it. */
type ReadBlock = (opener: Statement, path: string) => readonly Statement[];

const read = (pieces: readonly Line[], isActive: (keyword: string) => boolean): Reading => {
  const roots = new Map<number, Statement>();
  const strays = new Set<number>();
  const understood = new Set<number>();
  const findings: Reading['findings'][number][] = [];
  let at = 0;
  /** Each ignored "{" leaves a "}" at the end. */
  let ignored = 0;

  const complain = (keyword: string, place: Place, message: string): void => {
    findings.push({ index: at - 1, finding: { kind: 'mistaken', keyword, place, message } });
  };

  const statementOf = ({ text, place }: Line, block?: readonly Statement[]): Statement | undefined => {
    const { words, isOpen } = splitWords(text);
    const [first, ...rest] = words;
    if (isOpen) complain(first?.text ?? '"', place, 'has a quote that is never closed');
    if (first === undefined) return undefined;
    const after = text.slice(first.end).replace(/^[ \t]+/, '');
    return { keyword: first.text, words: rest.map((word) => word.text), text: after, place, block };
  };

  const isNext = (brace: '{' | '}'): boolean => pieces[at]?.text === brace;

  /** Reads the "{" of a block if it is there. */
  const open = ({ keyword, place }: Statement): void => {
    if (isNext('{')) at++;
    else complain(keyword, place, missing);
  };

  /** Lines that are values: to keepalived everything is one, up to the first "}". */
  const readValues = (opener: Statement): readonly Statement[] => {
    open(opener);
    const values: Statement[] = [];
    for (let piece = pieces[at++]; piece !== undefined; piece = pieces[at++]) {
      if (piece.text === '}') return values;
      const value = statementOf(piece);
      if (value !== undefined) values.push(value);
    }
    complain(opener.keyword, opener.place, 'its block is never closed');
    return values;
  };

  const skipBlock = (): void => {
    if (!isNext('{')) return;
    let depth = 0;
    do {
      if (isNext('{')) depth++;
      if (isNext('}')) depth--;
      at++;
    } while (depth > 0 && at < pieces.length);
  };

  const readUnknown = (statement: Statement, isRoot: boolean): readonly Statement[] => {
    if (!isNext('{')) return [statement];
    complain(statement.keyword, statement.place, isRoot ? unknownAtRoot : unknownWithin);
    if (isRoot) strays.add(at);
    at++;
    ignored++;
    return [];
  };

  const readStatement = (statement: Statement, path: string, readBlock: ReadBlock): readonly Statement[] => {
    const inside = `${path}/${statement.keyword}`;
    if (blockKeywords(path)?.has(statement.keyword) !== true) return readUnknown(statement, path === '');
    if (hasValues(inside)) return [{ ...statement, block: readValues(statement) }];
    return blockKeywords(inside) === undefined ? [statement] : [{ ...statement, block: readBlock(statement, inside) }];
  };

  const readBrace = (piece: Line): void => {
    if (piece.text === '{') {
      ignored++;
      complain('{', piece.place, 'opens no block here');
    } else if (ignored > 0) ignored--;
    else complain('}', piece.place, 'closes no block: there is one too many');
  };

  const readBlock: ReadBlock = (opener, path) => {
    open(opener);
    const statements: Statement[] = [];
    for (let piece = pieces[at++]; piece !== undefined; piece = pieces[at++]) {
      if (piece.text === '}') return statements;
      const statement = piece.text === '{' ? undefined : statementOf(piece);
      if (statement !== undefined) statements.push(...readStatement(statement, path, readBlock));
      else if (piece.text === '{') readBrace(piece);
    }
    complain(opener.keyword, opener.place, 'its block is never closed');
    return statements;
  };

  for (let piece = pieces[at++]; piece !== undefined; piece = pieces[at++]) {
    const index = at - 1;
    if (piece.text === '{' || piece.text === '}') {
      strays.add(index);
      readBrace(piece);
      continue;
    }
    const statement = statementOf(piece);
    if (statement === undefined) continue;
    if (blockKeywords('')?.has(statement.keyword) !== true) strays.add(index);
    else if (!isActive(statement.keyword)) {
      skipBlock();
      continue;
    }
    for (const each of readStatement(statement, '', readBlock)) roots.set(index, each);
    if (!strays.has(index)) for (let each = index; each < at; each++) understood.add(each);
  }
  return { roots, strays, understood, findings };
};

/** Each finding once: both processes read `global_defs`. */
const once = (findings: readonly Finding[]): readonly Finding[] => {
  const texts = findings.map(({ keyword, place, message }) => [place.file, place.line, keyword, message].join(' '));
  const first = new Map([...texts.entries()].reverse().map(([index, text]) => [text, index]));
  return findings.filter((_, index) => first.get(texts[index] ?? '') === index);
};

/** Joins what both processes read. What only one of them has no meaning for is part of a block to the other. */
export const buildTree = (pieces: readonly Line[]): Tree => {
  const routers = read(pieces, (keyword) => !isOfServices(keyword));
  const services = read(pieces, (keyword) => !isOfRouters(keyword));
  const isStray = (index: number, reading: Reading, other: Reading): boolean =>
    reading.strays.has(index) && other.understood.has(index);
  const roots = new Map([
    ...[...services.roots].filter(([index]) => !isStray(index, services, routers)),
    ...[...routers.roots].filter(([index]) => !isStray(index, routers, services)),
  ]);
  const pairs = [
    [routers, services],
    [services, routers],
  ] as const;
  const findings = pairs.flatMap(([reading, other]) =>
    reading.findings.flatMap(({ index, finding }) => (isStray(index, reading, other) ? [] : [finding])),
  );
  return {
    statements: [...roots].sort(([a], [b]) => a - b).map(([, statement]) => statement),
    findings: once(findings),
  };
};
