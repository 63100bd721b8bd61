// Escapes text from servers, programs and files before it reaches logs, status and terminals.

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escapeCharacter = (character: string): string => {
  const short = named[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x1_0000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * Control and format characters (escape sequences, bidirectional overrides, zero widths), lone surrogates, private and
 * unassigned characters, and separators that some readers treat as line ends.
 */
const harmful = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The same but for the ends of lines. */
const harmfulLine = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;

/** More than two combining marks on one character: they would cover the lines around it. */
const piled = /(\p{M}{2})\p{M}+/gu;

const decoder = new TextDecoder('utf-8');

/**
 * Makes text from outside harmless: one line, no control characters, bounded length. Harmless text stays as it is, so a
 * second pass changes nothing.
 * @param input bytes are decoded as UTF-8; invalid sequences become U+FFFD.
 * @param most greatest length in characters; cut text ends in an ellipsis.
 */
export const harmlessText = (input: string | Uint8Array, most = 300): string => {
  const start = typeof input === 'string' ? input.slice(0, most * 4) : decoder.decode(input.subarray(0, most * 8));
  const characters = [...start.replace(piled, '$1').replace(harmful, escapeCharacter)];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
};

/** Like {@link harmlessText}, but keeps line ends. */
export const harmlessLines = (text: string, most = 10_000): string =>
  harmfulLine.test(text) || text.length > most
    ? text
        .slice(0, most)
        .split('\n')
        .map((line) => harmlessText(line, most))
        .join('\n')
    : text;

/** JSON whose strings harm no terminal either: the characters stand there as JSON's own escapes, and mean the same. */
export const harmlessJson = (json: string): string =>
  harmfulLine.test(json)
    ? json.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (character) =>
        character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
      )
    : json;

/** An excerpt of a file, with one visible character for each harmful one, so that columns stay. */
export const harmlessExcerpt = (line: string): string => line.replace(/[^\P{C}\t]|[\p{Zl}\p{Zp}]/gu, '\ufffd');
