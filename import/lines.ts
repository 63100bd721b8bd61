// One line of keepalived.conf: where its comment begins, and how it falls into words. Pure.

/**
 * Removes the comment and the space around what is left. `!` and `#` begin one anywhere outside `"…"`, unless escaped.
 * A backslash that ends the line stays: it continues a definition.
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

/** Whether a quote that opens here is closed on this line. */
const closes = (line: string, at: number): number => line.indexOf(line[at] ?? '', at + 1);

/**
 * Splits a line into words and braces. `"a b"` is one word wherever it begins; `'…'` keeps braces and spaces together;
 * a brace stands for itself even without space around it, except in `${NAME}`, which is a variable nobody defined.
 * @returns the tokens, and whether a `"` was left open (what follows it is one word then).
 */
export const splitWords = (line: string): { readonly tokens: readonly Token[]; readonly isOpen: boolean } => {
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
    if (char === '{' || char === '}') {
      tokens.push({ type: char, text: char, start, end: ++at });
      continue;
    }
    if (char === '"' || (char === "'" && closes(line, at) > 0)) {
      const end = closes(line, at);
      isOpen ||= end < 0;
      at = end < 0 ? line.length : end + 1;
      tokens.push({ type: 'word', text: line.slice(start + 1, end < 0 ? line.length : end), start, end: at });
      continue;
    }
    while (at < line.length && !/[\s"{}]/.test(line[at] ?? '')) {
      const close = line[at] === '$' && line[at + 1] === '{' ? line.indexOf('}', at) : -1;
      at = close < 0 ? at + 1 : close + 1;
    }
    tokens.push({ type: 'word', text: line.slice(start, at), start, end: at });
  }
  return { tokens, isOpen };
};

/** Splits a command as keepalived does for scripts: spaces part, both kinds of quotes join, a backslash takes the next character. */
export const splitArguments = (text: string): string[] => {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\' && text[at + 1] !== undefined) word = (word ?? '') + text[++at];
    else if (quote !== '' && char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) [quote, word] = [char, word ?? ''];
    else if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
};
