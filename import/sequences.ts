// `~SEQ` and `~LST`: the repetitions of a line. Pure.

/** The variables of a repeated line, and their values in each round. */
export type Rounds = { readonly names: readonly string[]; readonly rounds: readonly (readonly string[])[] };

/** The values of `~SEQ(name, [start, [step,]] end)`; hexadecimal for `~SEQx`. */
const readSequence = (
  name: string,
  parameters: readonly string[],
  isHex: boolean,
  most: number,
): Rounds | undefined => {
  const numbers = parameters.map(Number);
  if (numbers.length === 0 || numbers.length > 3 || !numbers.every(Number.isInteger)) return undefined;
  const end = numbers.at(-1) ?? 0;
  const start = numbers.length === 1 ? (end < 0 ? -1 : 1) : (numbers[0] ?? 0);
  const step = numbers.length === 3 ? (numbers[1] ?? 0) : start <= end ? 1 : -1;
  if (step === 0 || (end - start) / step < 0) return undefined;
  const count = Math.floor((end - start) / step) + 1;
  if (count > most || (isHex && (start < 0 || end < 0))) return undefined;
  const rounds = Array.from({ length: count }, (_, index) => [(start + index * step).toString(isHex ? 16 : 10)]);
  return { names: [name], rounds };
};

const splitList = (text: string): string[] => text.split(',').map((part) => part.trim());

/** The values of `~LST(name, a, b)` and `~LST({n1, n2}, {a, b}, {c, d})`; missing values of a set are blank. */
const readList = (text: string): Rounds | undefined => {
  const parts = [...text.matchAll(/\{([^}]*)\}|[^,{}]+/g)]
    .map(([whole, set]) => (set === undefined ? whole.trim() : set))
    .filter((part, index, all) => part !== '' || index === all.length - 1);
  const [names = '', ...values] = parts;
  const keys = splitList(names);
  const rounds = values.map(splitList);
  return rounds.length === 0 || rounds.some((round) => round.length > keys.length)
    ? undefined
    : { names: keys, rounds };
};

/** Parses the brackets of `~SEQ`, `~SEQx` and `~LST`; undefined if invalid or too large. */
export const readRounds = (kind: string, text: string, most: number): Rounds | undefined => {
  if (kind === 'LST') return readList(text);
  const [name = '', ...parameters] = splitList(text);
  return readSequence(name, parameters, kind === 'SEQx', most);
};
