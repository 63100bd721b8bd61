// Whether what a director uses stays flat over a soak: the middle value of the last third of its readings beside that of the first. Pure.

export type Reading = {
  readonly processes: number;
  /** MiB. */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Mean lateness of the advertisements since the reading before, in milliseconds; absent where none was sent. */
  readonly lateness?: number;
};

/** `short`: too few readings to say. */
export type Trend = {
  readonly what: keyof Reading;
  readonly verdict: 'flat' | 'grew' | 'short';
  readonly first: number;
  readonly last: number;
};

/** Growth that counts as none: up to this share of the first value, plus `more`. */
const allowances: Readonly<Record<keyof Reading, { readonly share: number; readonly more: number }>> = {
  processes: { share: 0, more: 0 },
  memory: { share: 0.15, more: 6 },
  descriptors: { share: 0, more: 8 },
  threads: { share: 0, more: 4 },
  lateness: { share: 0.5, more: 1 },
};
/** Least readings in each third for a verdict. */
const fewest = 3;

const middleOf = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

export const trendsOf = (readings: readonly Reading[]): readonly Trend[] =>
  (Object.keys(allowances) as (keyof Reading)[]).map((what) => {
    const values = readings.flatMap((reading) => reading[what] ?? []);
    const third = Math.floor(values.length / 3);
    const [first, last] = [middleOf(values.slice(0, third)), middleOf(values.slice(values.length - third))];
    const { share, more } = allowances[what];
    const isFlat = last <= first * (1 + share) + more;
    return { what, first, last, verdict: third < fewest ? 'short' : isFlat ? 'flat' : 'grew' };
  });
