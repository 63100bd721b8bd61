// A keepalived.conf written oddly: other spaces and braces, comments, quotes, conditions, definitions, and an included part. Pure.

import fc from 'fast-check';

/** What happens to one line. */
type Oddity = (line: string, index: number) => readonly string[];

const last = (line: string): readonly [string, string] => {
  const at = line.lastIndexOf(' ');
  return at < 0 ? ['', line] : [line.slice(0, at + 1), line.slice(at + 1)];
};

const isPlain = (line: string): boolean => /^[\w./: -]+$/.test(line);

const oddities: readonly Oddity[] = [
  (line) => [line],
  (line) => [line],
  (line) => [line],
  (line) => [`\t  ${line.replaceAll(' ', '  \t')} `],
  (line) => [line.replace(/ ?\{$/, '{')],
  (line) => (line.endsWith('{') ? [line.slice(0, -1), '', '{'] : [line]),
  (line) => [`${line} # } priority 7 {`],
  (line) => [`${line}!x`],
  (line) => ['! interface eth7', '', line],
  (line) => [`@main ${line}`],
  (line) => [`@^other ${line}`],
  (line) => (isPlain(line) ? [`@other ${line}`, `@^other\t${line}`] : [line]),
  (line) => ['@other priority 3', line],
  // Not of a line with a quote or brace: a definition of it would mean something else.
  (line, index) => {
    const [before, word] = last(line);
    return isPlain(line) && before !== '' ? [`$V${index}= ${word} # why`, `${before}$V${index}`] : [line];
  },
  (line, index) => {
    const [before, word] = last(line);
    return isPlain(line) && before !== ''
      ? [`$V${index}=${word.slice(1)}`, `${before}${word[0]}\${V${index}}`]
      : [line];
  },
  (line, index) => (isPlain(line) ? [`$L${index}= \\`, `  ${line} \\`, '', `$L${index}`] : [line]),
  (line) => {
    const [before, word] = last(line);
    return isPlain(line) && before !== '' && !/weight|min_ttl|label|dev |brd|scope/.test(line)
      ? [`${before}"${word}"`]
      : [line];
  },
];

export type OddFile = {
  readonly text: string;
  /** What the file includes as part.conf, its last lines. */
  readonly part: string;
};

/** Writes each line of a file oddly, and a part of it into another file. */
export const written = (text: string): fc.Arbitrary<OddFile> => {
  const lines = text.split('\n');
  return fc
    .tuple(
      fc.array(fc.nat(oddities.length - 1), { minLength: lines.length, maxLength: lines.length }),
      fc.nat(lines.length),
      fc.constantFrom('include part.conf', 'include ./p[a-o]rt.conf', 'includem part.c*'),
    )
    .map(([choices, cut, include]) => {
      const odd = lines.map((line, index) => (oddities[choices[index] ?? 0] ?? oddities[0])?.(line, index) ?? [line]);
      return {
        text: [...odd.slice(0, cut).flat(), include, ''].join('\n'),
        part: [...odd.slice(cut).flat(), ''].join('\n'),
      };
    });
};
