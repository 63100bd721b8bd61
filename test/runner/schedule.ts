// Which suites run beside each other: those that mostly wait, as many as the processors bear; those that measure, alone. Pure.

/** How many processors a suite keeps busy, on average; `alone`: nothing runs beside it. */
export type Load = number | 'alone';
type Loaded = { readonly load: Load };

const loadOf = ({ load }: Loaded): number => (load === 'alone' ? Number.POSITIVE_INFINITY : load);
const total = (suites: readonly Loaded[]): number => suites.reduce((sum, suite) => sum + loadOf(suite), 0);

/**
 * The waiting suites that may start now, in their order: as many as the processors bear, and one whatever it takes when nothing
 * runs. No suite overtakes another, so that neighbours in the list run side by side.
 */
export const startable = <Suite extends Loaded>(
  waiting: readonly Suite[],
  running: readonly Suite[],
  processors: number,
): readonly Suite[] => {
  const beyond = waiting.findIndex(
    (_, index) => running.length + index > 0 && total([...running, ...waiting.slice(0, index + 1)]) > processors,
  );
  return beyond === -1 ? waiting : waiting.slice(0, beyond);
};
