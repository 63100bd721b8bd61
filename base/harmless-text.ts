// Text from outside, made harmless: what a server, a program or a file wrote goes into logs, status and terminals.

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escapeCharacter = (character: string): string => {
  const short = named[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x1_0000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * Control and format characters (escape sequences, bidirectional overrides, zero widths), half surrogates, private and
 * unassigned ones, and the separators that some readers take for an end of line.
 */
const harmful = /[\p{C}\p{Zl}\p{Zp}]/gu;

const harmfulLine = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;

/** Marks that a text piles on one character: more than two in a row are noise that covers the lines around it. */
const piled = /(\p{M}{2})\p{M}+/gu;

const decoder = new TextDecoder('utf-8');

/**
 * Makes text from outside harmless: one line, no control characters, of bounded length. What is harmless stays as it is,
 * so a second pass changes nothing.
 * @param input bytes are read as UTF-8; each sequence that is none becomes U+FFFD.
 * @param most characters kept; an ellipsis stands for the rest.
 */
export const harmlessText = (input: string | Uint8Array, most = 300): string => {
  const start = typeof input === 'string' ? input.slice(0, most * 4) : decoder.decode(input.subarray(0, most * 8));
  const characters = [...start.replace(piled, '$1').replace(harmful, escapeCharacter)];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
};

/** As {@link harmlessText}, of a text that may have several lines. */
export const harmlessLines = (text: string, most = 10_000): string =>
  harmfulLine.test(text) || text.length > most
    ? text
        .slice(0, most)
        .split('\n')
        .map((line) => harmlessText(line, most))
        .join('\n')
    : text;
