// Regular expressions of the configuration: RE2's, which take time linear in the text, whatever a server answers.

import { RE2JS } from 're2js';

export type RegularExpression = {
  readonly source: string;
  /** Characters of a text that are examined, at most. */
  readonly reach: number;
  readonly test: (text: string) => boolean;
};

/** Limit of the text examined. */
const longest = 1024 * 1024;

/** The time is the size of the expression times the length of the text: bounded to about half a second. */
const mostSteps = 16 * longest;
const mostInstructions = 4096;

/** ECMAScript's white space and line ends, of which RE2 knows only ASCII. */
const space =
  '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const lineEnds = '\\n\\r\\x{2028}\\x{2029}';

const tokens =
  /\\u\{(?<long>[\da-f]+)\}|\\u(?<high>d[89ab][\da-f]{2})\\u(?<low>d[c-f][\da-f]{2})|\\u(?<short>[\da-f]{4})|\\c(?<control>[a-z])|(?<property>\\p)\{(?:script|sc|general_category|gc)=(?<value>\w+)\}|\\Q.*?(?:\\E|$)|\\[\s\S]|\[\^?\]|\[\^?|\]|\./gi;

/** Translates ECMAScript's syntax to RE2's, so that both mean the same. */
const translate = (source: string): string => {
  let isInClass = false;
  return source.replace(tokens, (token, ...rest) => {
    const { long, high, low, short, control, property, value } = rest.at(-1) as Record<string, string | undefined>;
    const point = long ?? short;
    if (point !== undefined) return `\\x{${point}}`;
    if (high !== undefined) return `\\x{${JSON.parse(`"\\u${high}\\u${low}"`).codePointAt(0).toString(16)}}`;
    if (control !== undefined) return `\\x{${(control.charCodeAt(0) % 32).toString(16)}}`;
    // Keep the case of \P: it is the opposite.
    if (property !== undefined) return `${token.slice(0, 2)}{${value}}`;
    if (token === '\\s') return isInClass ? space : `[${space}]`;
    if (token === '\\S' && !isInClass) return `[^${space}]`;
    if (token === '.' && !isInClass) return `[^${lineEnds}]`;
    if (token === '[^]' && !isInClass) return '[\\x{0}-\\x{10ffff}]';
    if (token === '[]' && !isInClass) return '[^\\x{0}-\\x{10ffff}]';
    if (token.startsWith('[')) isInClass = true;
    if (token === ']') isInClass = false;
    return token;
  });
};

const lookaround = /\(\?(?:=|!|<=|<!)/;

const explain = (source: string, error: unknown): string => {
  if (lookaround.test(source)) {
    return 'it looks ahead or behind, which may take unbounded time; use "body_lacks" for what must not match';
  }
  if (/\\[1-9k]/.test(source)) return 'it refers back to a group, which may take unbounded time';
  return (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '');
};

/** Parses an expression. @returns a string if it cannot be used, which says why. */
export const parseExpression = (source: string): RegularExpression | string => {
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(translate(source));
  } catch (error) {
    return explain(source, error);
  }
  const size = Math.max(1, expression.programSize());
  if (size > mostInstructions) return `it is too large: ${size} instructions, and the limit is ${mostInstructions}`;
  const reach = Math.min(longest, Math.floor(mostSteps / size));
  return { source, reach, test: (text) => expression.test(text.slice(0, reach)) };
};
