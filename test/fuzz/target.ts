// A parser that is fuzzed.

export type Target = {
  /** Hands the input to the parser; throws where it does what it must not: an exception, or an answer that contradicts itself. */
  readonly run: (input: Buffer) => unknown;
  /** Inputs to begin with. */
  readonly seeds: () => readonly (Buffer | string)[];
  /** Words of the format. */
  readonly words?: readonly string[];
};

/** Gives a reader of a stream the input whole, and then in pieces, as a network might: both must agree. */
export const inPieces = (input: Buffer): readonly Buffer[] => {
  const size = 1 + ((input[0] ?? 0) % 7);
  return Array.from({ length: Math.ceil(input.length / size) }, (_, index) =>
    input.subarray(index * size, (index + 1) * size),
  );
};
