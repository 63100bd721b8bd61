// Resolves the preprocessing of keepalived.conf: includes, `$VARIABLES`, `@conditions`, `~SEQ` and `~LST`. Files are read through
// a port.

import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Files } from '../config/source/include.ts';
import { cutAtBrace, stripComment, trimBlanks } from './lines.ts';
import { readRounds } from './sequences.ts';
import type { Finding, Line, Place } from './statement.ts';

export type Settings = {
  /** The value that `@word` is compared with: keepalived's `-i`, else the first part of the host's name. */
  readonly configId: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export type Expansion = { readonly lines: readonly Line[]; readonly findings: readonly Finding[] };

// Limit for definitions that name themselves, and nested sequences, which could go on for ever.
const deepest = 64;
const mostLines = 500_000;

const reference = /\$(?:\{([A-Za-z_]\w*)((?:[ \t]+\w+)*)[ \t]*\}|([A-Za-z_]\w*)(?=[ \t,)]|$))/g;

/** The bytes of a line that keepalived reads at once, its end included. */
const longest = 1023;

/** The lines of a file with their numbers; keepalived reads a line that is too long as several. */
const physicalLines = (content: string): (readonly [text: string, number: number])[] =>
  content.split('\n').flatMap((raw, index): (readonly [string, number])[] => {
    const line = raw.replace(/\r+$/, '');
    if (Buffer.byteLength(raw) < longest) return [[line, index + 1]];
    const bytes = Buffer.from(line);
    return Array.from({ length: Math.ceil(bytes.length / longest) }, (_, part) => [
      bytes.subarray(part * longest, (part + 1) * longest).toString(),
      index + 1,
    ]);
  });

/** Expands a line, at a depth of definitions and repetitions. */
type ExpandLine = (line: Line, depth: number) => void;

/** Expands a file and all that it includes. */
export const expandFile = (file: string, files: Files, { configId, environment }: Settings): Expansion => {
  const definitions = new Map<string, readonly Line[]>();
  const lines: Line[] = [];
  const findings: Finding[] = [];
  const open: string[] = [];
  const undefinedNames = new Set<string>();
  let isFull = false;
  let hasLooped = false;

  const complain = (keyword: string, place: Place, message: string): void => {
    findings.push({ kind: 'mistaken', keyword, place, message });
  };

  /** The value of a name at this place: the lines of its definition, or one line of a built-in. */
  const lookUp = (name: string, parameters: string, place: Place): readonly Line[] | undefined => {
    const own = (text: string): readonly Line[] => [{ text, place }];
    const defined = definitions.get(name);
    if (defined !== undefined) return defined;
    switch (name) {
      case '_PWD':
        return own(resolve(dirname(place.file)));
      case '_INSTANCE':
        return own(configId);
      case '_HASH':
        return own('#');
      case '_BANG':
        return own('!');
      case '_ENV': {
        const value = environment[parameters.trim()];
        return value === undefined ? undefined : own(value);
      }
      case '_RANDOM': {
        const least = /\d+/.exec(parameters)?.[0] ?? '0';
        const message = `keepalived draws a number each time; ${least} was taken`;
        findings.push({ kind: 'changed', keyword: '$_RANDOM', place, message });
        return own(least);
      }
      default:
        return undefined;
    }
  };

  /** Whether a condition holds: `@word`, or `@^word` for all other hosts. */
  const holds = (negation: string, word: string): boolean => (word === configId) !== (negation === '^');

  const blame = (text: string, match: RegExpMatchArray, place: Place): void => {
    const name = match[1] ?? match[3] ?? '';
    // A script may use its own shell's variable, and a password may contain a dollar.
    if (text.slice(0, match.index).includes('"') || undefinedNames.has(`${place.file} ${name}`)) return;
    undefinedNames.add(`${place.file} ${name}`);
    complain(match[0], place, 'is defined nowhere: fill the template in before importing it');
  };

  /** Replaces every defined name, left to right; a definition of several lines must be at the end of the line that uses it. */
  const substitute = (line: Line): readonly Line[] | undefined => {
    let text = line.text;
    let from = 0;
    let isChanged = false;
    for (;;) {
      reference.lastIndex = from;
      const match = reference.exec(text);
      if (match === null) return isChanged ? [{ ...line, text }] : undefined;
      const found = lookUp(match[1] ?? match[3] ?? '', match[2] ?? '', line.place);
      const end = match.index + match[0].length;
      const [first, ...rest] = found ?? [];
      if (first === undefined || (rest.length > 0 && end < text.length)) {
        blame(text, match, line.place);
        from = end;
        continue;
      }
      isChanged = true;
      if (rest.length > 0) return [{ text: text.slice(0, match.index) + first.text, place: first.place }, ...rest];
      text = text.slice(0, match.index) + first.text + text.slice(end);
      from = match.index;
      // The line is repeated before its other names are resolved.
      if (/^[ \t]*~(SEQ|LST)/.test(text)) return [{ ...line, text: trimBlanks(text) }];
      // A value that names itself would never end.
      if (first.text.includes(match[0])) from += first.text.length;
    }
  };

  const repeat = (line: Line, depth: number, expandLine: ExpandLine): void => {
    const head = /^~(SEQx?|LST)[ \t]*\(/.exec(line.text);
    const close = line.text.indexOf(')');
    const inner = head === null || close < 0 ? undefined : line.text.slice(head[0].length, close);
    const resolved = inner === undefined ? undefined : (substitute({ ...line, text: inner })?.[0]?.text ?? inner);
    const values = resolved === undefined ? undefined : readRounds(head?.[1] ?? '', resolved, mostLines);
    if (values === undefined) {
      complain(
        line.text.split(/[\s(]/)[0] ?? '~',
        line.place,
        'expected ~SEQ(name, start, step, end) or ~LST(name, value, …)',
      );
      return;
    }
    const text = trimBlanks(line.text.slice(close + 1));
    for (const round of values.rounds) {
      for (const [index, name] of values.names.entries()) {
        definitions.set(name, [{ text: round[index] ?? '', place: line.place }]);
      }
      expandLine({ ...line, text }, depth + 1);
    }
  };

  /** @returns why it cannot be read; undefined where it was */
  const readFile = (path: string, shown: string, expandLine: ExpandLine): string | undefined => {
    const found = files.read(path);
    if ('why' in found) return found.why;
    const content = found.text;
    open.push(path);
    if (content.startsWith('\uFEFF')) {
      const message = 'it begins with a byte order mark, which is part of the first word to keepalived';
      complain(shown, { file: shown, line: 1 }, message);
    }
    let name: string | undefined;
    let body: Line[] = [];
    for (const [raw, number] of physicalLines(content)) {
      const place: Place = { file: shown, line: number };
      const text = stripComment(raw);
      const isContinued = text.endsWith('\\');
      const bare = isContinued ? trimBlanks(text.slice(0, -1)) : text;
      if (name !== undefined) {
        if (bare !== '') body.push({ text: bare, place });
        if (isContinued || (bare === '' && raw !== '')) continue;
        definitions.set(name, body);
        name = undefined;
        continue;
      }
      const start = isContinued ? /^(?:@\S+[ \t]+)?\$([A-Za-z_]\w*)=[ \t]*(.*)$/.exec(bare) : null;
      if (start === null) {
        expandLine({ text, place }, 0);
        continue;
      }
      const condition = /^@(\^?)(\S+)/.exec(bare);
      const isMeant = condition === null || holds(condition[1] ?? '', condition[2] ?? '');
      // A definition under a false condition is still parsed, then dropped.
      name = isMeant ? (start[1] ?? '') : ' ';
      body = start[2] ? [{ text: start[2], place }] : [];
    }
    if (name !== undefined) definitions.set(name, body);
    open.pop();
    return undefined;
  };

  const include = (pattern: string, place: Place, expandLine: ExpandLine): void => {
    const isQuoted = /^["']/.test(pattern);
    const matches = isQuoted ? [] : files.match(pattern, dirname(resolve(place.file)));
    const why = isQuoted ? ', whose quotes are part of the name to keepalived' : '';
    if (matches.length === 0) complain('include', place, `no file matches ${pattern}${why}`);
    for (const path of matches) {
      if (open.includes(path)) {
        complain('include', place, `${path} includes itself`);
        continue;
      }
      const reason = readFile(path, isAbsolute(file) ? path : relative('', path), expandLine);
      if (reason !== undefined) complain('include', place, `${path} cannot be read: ${reason}`);
    }
  };

  const expandLine: ExpandLine = (line, depth) => {
    const { text, place } = line;
    if (text === '' || isFull) return;
    if (depth > deepest || lines.length >= mostLines) {
      isFull = lines.length >= mostLines;
      const message = isFull ? `more than ${mostLines} lines` : 'a definition that never ends';
      if (isFull || !hasLooped) complain(text.split(/\s/)[0] ?? '', place, message);
      hasLooped = true;
      return;
    }
    if (text.startsWith('@')) {
      const [, negation = '', word = '', rest = ''] = /^@(\^?)(\S+)[ \t]+(.*)$/.exec(text) ?? [];
      if (word !== '' && holds(negation, word)) expandLine({ text: rest, place }, depth + 1);
      return;
    }
    const definition = /^\$([A-Za-z_]\w*)=[ \t]*(.*)$/.exec(text);
    if (definition !== null) {
      definitions.set(definition[1] ?? '', [{ text: definition[2] ?? '', place }]);
      return;
    }
    if (/^~(SEQ|LST)/.test(text)) {
      repeat(line, depth, expandLine);
      return;
    }
    const replaced = text.includes('$') ? substitute(line) : undefined;
    if (replaced !== undefined) {
      for (const each of replaced) expandLine({ ...each, text: stripComment(each.text) }, depth + 1);
      return;
    }
    const included = /^include[rmwba]?[ \t]+(.+)$/.exec(text);
    if (included !== null) {
      include(included[1] ?? '', place, expandLine);
      return;
    }
    const [piece, rest] = cutAtBrace(text);
    lines.push({ text: piece, place });
    expandLine({ text: rest, place }, depth);
  };

  const why = readFile(resolve(file), file, expandLine);
  if (why !== undefined) throw new Error(`${file}: cannot be read: ${why}`);
  return { lines, findings };
};
