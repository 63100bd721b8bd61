// Which suites run beside each other: those that mostly wait, as many as the processors bear; those that measure, alone; those that
// only compute, one after the other, beside all but the measuring ones. Pure.

/**
 * How many processors a suite keeps busy, on average; `alone`: nothing runs beside it; `rest`: it takes what the others leave of the
 * processors.
 */
export type Load = number | 'alone' | 'rest';
type Loaded = { readonly load: Load };

const loadOf = ({ load }: Loaded): number => {
  if (load === 'alone') return Number.POSITIVE_INFINITY;
  return load === 'rest' ? 0 : load;
};
const total = (suites: readonly Loaded[]): number => suites.reduce((sum, suite) => sum + loadOf(suite), 0);
const takesRest = ({ load }: Loaded): boolean => load === 'rest';
const isAlone = ({ load }: Loaded): boolean => load === 'alone';

/**
 * The waiting suites that may start now, in their order: as many as the processors bear, and one whatever it takes when nothing
 * runs. No suite overtakes another, so that neighbours in the list run side by side; those that take the rest have a line of their
 * own, one at a time.
 */
export const startable = <Suite extends Loaded>(
  waiting: readonly Suite[],
  running: readonly Suite[],
  processors: number,
): readonly Suite[] => {
  if (running.some(isAlone)) return [];
  const filling = waiting.find(takesRest);
  const fills = filling === undefined || running.some(takesRest) ? [] : [filling];
  const line = waiting.filter((suite) => !takesRest(suite));
  const beside = running.filter((suite) => !takesRest(suite));
  const beyond = line.findIndex((suite, index) =>
    isAlone(suite)
      ? running.length + fills.length + index > 0
      : beside.length + index > 0 && total([...beside, ...line.slice(0, index + 1)]) > processors,
  );
  return [...(beyond === -1 ? line : line.slice(0, beyond)), ...fills];
};
