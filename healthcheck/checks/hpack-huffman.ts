// The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: the code lengths define it. Pure.

/** Length in bits of the code of each byte, in base 36; the last, EOS, has 30. */
const lengths =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6' +
  'f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmnmnnkmmmnmmnq' +
  'qkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq';
const eos = 256;

/** Codes of one length are consecutive: the first code, and the symbols in order. */
type Words = { readonly first: number; readonly symbols: readonly number[] };

const buildWords = (): readonly Words[] => {
  const ofSymbols = [...lengths].map((digit) => Number.parseInt(digit, 36)).concat(30);
  const words: Words[] = [];
  let next = 0;
  for (let length = 0; length <= 30; length += 1) {
    const symbols = ofSymbols.flatMap((own, symbol) => (own === length ? [symbol] : []));
    words.push({ first: next, symbols });
    next = (next + symbols.length) * 2;
  }
  return words;
};

const words = buildWords();

/** @returns undefined for bytes with an invalid code, or that end within one. */
export const decodeHuffman = (bytes: Buffer): string | undefined => {
  let text = '';
  let word = 0;
  let length = 0;
  let isPadding = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const one = (byte >> bit) & 1;
      word = word * 2 + one;
      length += 1;
      isPadding &&= one === 1;
      const { first, symbols } = words[length] ?? { first: 0, symbols: [] };
      const symbol = symbols[word - first];
      if (symbol === eos || length > 30) return undefined;
      if (symbol === undefined) continue;
      text += String.fromCharCode(symbol);
      word = 0;
      length = 0;
      isPadding = true;
    }
  }
  // RFC 7541, section 5.2: padding is the beginning of EOS, all ones, shorter than a byte.
  return length > 7 || !isPadding ? undefined : text;
};
