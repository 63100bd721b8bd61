// When a suite ran, and how much of the processors it and all that it started have taken. Pure.

/** In seconds; `began` counts from the start of the first suite. */
export type Spent = { readonly began: number; readonly took: number; readonly processor: number };

/** @param times what bash's `times` prints: its own times in the first line, those of its children in the second. */
export const processorSeconds = (times: string): number =>
  [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds))
    .reduce((sum, part) => sum + part, 0);

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** A line a suite, in the order of their beginnings. */
export const spentTable = (suites: ReadonlyMap<string, Spent>): readonly string[] =>
  [...suites]
    .sort(([, one], [, other]) => one.began - other.began)
    .map(
      ([name, { began, took, processor }]) =>
        `${name.padEnd(14)} ${clock(began).padStart(6)} to ${clock(began + took).padStart(6)}, ${Math.round(took)} s, ${Math.round(processor)} s of a processor`,
    );
