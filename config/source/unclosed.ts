// Finds the unclosed bracket or quote of a broken YAML text; a parser notices it lines later, or at the end. Pure.

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

// Characters to look back in a line; text further left does not matter for a token.
const farthest = 256;

/**
 * Whether a token may begin here outside of brackets: after indentation, a dash, a question mark, a colon, a tag or an anchor.
 */
const isTokenStart = (text: string, offset: number): boolean => {
  const [head = ''] = /[^\r\n]*$/.exec(text.slice(Math.max(0, offset - farthest), offset)) ?? [];
  return /^\s*$/.test(head) || /(^|\s)([-?]|[!&]\S*)\s+$/.test(head) || /:\s+$/.test(head);
};

/** The offset after a quoted scalar; undefined if it is unclosed. */
const skipQuoted = (text: string, start: number): number | undefined => {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (quote !== "'" || text[at + 1] !== "'") return at + 1;
      at++;
    }
  }
  return undefined;
};

/** The offset after a block scalar that begins at `start`: the first line indented no deeper than its key. */
const skipBlock = (text: string, start: number): number => {
  const head = text.slice(text.lastIndexOf('\n', start) + 1, start);
  const indent = /^ */.exec(head)?.[0].length ?? 0;
  const lines = /\n( *)(?=\S)/g;
  lines.lastIndex = start;
  for (let found = lines.exec(text); found !== null; found = lines.exec(text)) {
    if ((found[1]?.length ?? 0) <= indent) return found.index + 1;
  }
  return text.length;
};

export type Unclosed = {
  readonly offset: number;
  /** A bracket of another kind tries to close it. */
  readonly isMismatched: boolean;
};

/**
 * @param end where the parser gave up
 * @returns the token open at that point, or the one that a bracket of another kind tries to close; undefined if there is none
 */
export const findUnclosed = (text: string, end: number): Unclosed | undefined => {
  const open: number[] = [];
  let at = 0;
  while (at <= end && at < text.length) {
    const letter = text[at] ?? '';
    const before = text[at - 1] ?? '\n';
    const inside = open.length > 0;
    const starts = (): boolean => (inside ? /[\s,[{:]/.test(before) : isTokenStart(text, at));
    if (letter === '#' && /\s/.test(before)) {
      const lineEnd = text.indexOf('\n', at);
      at = lineEnd < 0 ? text.length : lineEnd;
    } else if ((letter === '"' || letter === "'") && starts()) {
      const after = skipQuoted(text, at);
      if (after === undefined || after > end) return { offset: at, isMismatched: false };
      at = after;
    } else if (!inside && (letter === '|' || letter === '>') && starts()) {
      at = skipBlock(text, at);
    } else {
      if (closing[letter] !== undefined && (inside || starts())) open.push(at);
      else if (inside && (letter === '}' || letter === ']')) {
        const last = open.pop() ?? 0;
        if (closing[text[last] ?? ''] !== letter) return { offset: last, isMismatched: true };
      }
      at++;
    }
  }
  const last = open.at(-1);
  return last === undefined ? undefined : { offset: last, isMismatched: false };
};
