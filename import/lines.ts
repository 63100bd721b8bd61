// Tokenizes one line of keepalived.conf: its comment and its words. Pure.

/** Removes spaces and tabs at both ends. Other white space, as of Unicode, is an ordinary character to keepalived. */
export const trimBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

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
  return trimBlanks(text);
};

const isSpace = (char: string): boolean => /^[ \t\f\n\r\v]$/.test(char);

/**
 * Cuts a line at its first brace outside `"…"`: keepalived reads what is before it, the brace, and what follows each as a line.
 * @returns the first of them, and what follows.
 */
export const cutAtBrace = (line: string): readonly [piece: string, rest: string] => {
  const at = line.replace(/"[^"]*("|$)/g, (quoted) => '"'.repeat(quoted.length)).search(/[{}]/);
  if (at < 0) return [line, ''];
  const end = at === 0 ? 1 : at;
  return [trimBlanks(line.slice(0, end)), trimBlanks(line.slice(end))];
};

export type Token = {
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/**
 * Splits a line into words. `"a b"` is one word wherever it begins; a `'` is an ordinary character, as in keepalived.
 * @returns the words, and whether a `"` was left open: keepalived drops what follows it.
 */
export const splitWords = (line: string): { readonly words: readonly Token[]; readonly isOpen: boolean } => {
  const words: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const start = at;
    if (isSpace(line[at] ?? '')) at++;
    else if (line[at] === '"') {
      const end = line.indexOf('"', at + 1);
      if (end < 0) return { words, isOpen: true };
      at = end + 1;
      words.push({ text: line.slice(start + 1, end), start, end: at });
    } else {
      while (at < line.length && line[at] !== '"' && !isSpace(line[at] ?? '')) at++;
      words.push({ text: line.slice(start, at), start, end: at });
    }
  }
  return { words, isOpen: false };
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
    } else if (quote === '' && isSpace(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
};
