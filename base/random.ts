// Random numbers that a seed repeats.

/** Numbers from 0 to 1, 1 excluded (mulberry32). */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Whole numbers from 0 to a limit, the limit excluded. */
export type Below = (limit: number) => number;

export const randomBelow = (seed: number): Below => {
  const next = randomNumbers(seed);
  return (limit) => Math.floor(next() * Math.max(1, limit));
};
