// Tokenizes one line of keepalived.conf: its comment and its words. Pure.

/**
 * Removes the comment and surrounding space. `!` and `#` begin one anywhere outside `"…"`, unless escaped. A backslash that ends
 * the line stays: it continues a definition.
 */
export const stripComment = (line: string): string => {
  let isQuoted = false;
  let text = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === '"') isQuoted = !isQuoted;
    if (!isQuoted && (char === '!' || char === '#')) break;
    const next = line[at + 1];
    if (char === '\\' && next !== undefined) {
      text += isQuoted || (next !== '#' && next !== '!') ? char + next : next;
      at++;
    } else text += char;
  }
  return text.trim();
};

export type Token = {
  readonly type: 'word' | '{' | '}';
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/** The ranges of `'…'` closed on this line: braces within are not blocks. */
const singleQuoted = (line: string): readonly (readonly [number, number])[] =>
  [...line.matchAll(/"[^"]*"|'[^']*'/g)].flatMap(({ 0: text, index }) =>
    text.startsWith("'") ? [[index, index + text.length] as const] : [],
  );

/**
 * Splits a line into words and braces. `"a b"` is one word wherever it begins; a `'` is an ordinary character, as in keepalived;
 * a brace is a token even without space around it, except in `'…'`, and in `${NAME}`, which is an undefined variable.
 * @returns the tokens, and whether a `"` was left open (the rest is then one word).
 */
export const splitWords = (line: string): { readonly tokens: readonly Token[]; readonly isOpen: boolean } => {
  const quoted = singleQuoted(line);
  const isBrace = (at: number): boolean =>
    (line[at] === '{' || line[at] === '}') && !quoted.some(([from, to]) => from < at && at < to);
  const tokens: Token[] = [];
  let at = 0;
  let isOpen = false;
  while (at < line.length) {
    const char = line[at] ?? '';
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    const start = at;
    if (isBrace(at)) {
      tokens.push({ type: char === '{' ? '{' : '}', text: char, start, end: ++at });
      continue;
    }
    if (char === '"') {
      const end = line.indexOf('"', at + 1);
      isOpen ||= end < 0;
      at = end < 0 ? line.length : end + 1;
      tokens.push({ type: 'word', text: line.slice(start + 1, end < 0 ? line.length : end), start, end: at });
      continue;
    }
    while (at < line.length && !/[\s"]/.test(line[at] ?? '') && !isBrace(at)) {
      const close = line[at] === '$' && line[at + 1] === '{' ? line.indexOf('}', at) : -1;
      at = close < 0 ? at + 1 : close + 1;
    }
    tokens.push({ type: 'word', text: line.slice(start, at), start, end: at });
  }
  return { tokens, isOpen };
};

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The character of an escape after a backslash, and the escape's length. */
const readEscape = (text: string): readonly [string, number] => {
  const hex = /^x([\da-fA-F]+)/.exec(text);
  if (hex !== null) return [String.fromCharCode(Number.parseInt(hex[1] ?? '', 16) & 255), hex[0].length];
  const octal = /^[0-7]{1,3}/.exec(text);
  if (octal !== null) return [String.fromCharCode(Number.parseInt(octal[0], 8) & 255), octal[0].length];
  if (/^c./.test(text)) return [String.fromCharCode(text.charCodeAt(1) & 31), 2];
  const char = text[0] ?? '';
  return [escapes[char] ?? char, 1];
};

/**
 * Splits text as keepalived does for scripts and regular expressions: spaces separate, both kinds of quotes join, a backslash
 * escapes anywhere.
 * @returns undefined if a quote is not closed, or a backslash ends the text: keepalived drops such a line.
 */
export const splitQuoted = (text: string): string[] | undefined => {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\') {
      if (at + 1 === text.length) return undefined;
      const [meant, length] = readEscape(text.slice(at + 1));
      word = (word ?? '') + meant;
      at += length;
    } else if (quote !== '' && char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
};
