// Which suites run beside each other: those that mostly wait, as many as the processors bear; those that measure, alone. Pure.

/** How many processors a suite keeps busy, on average; `alone`: nothing runs beside it. */
export type Load = number | 'alone';
type Loaded = { readonly load: Load };

const total = (suites: readonly Loaded[]): number =>
  suites.reduce((sum, { load }) => sum + (load === 'alone' ? 0 : load), 0);

/**
 * The waiting suites that may start now, in their order: each that the processors still bear, and the first of all whatever it
 * takes. None overtakes a suite that waits to be alone.
 */
export const startable = <Suite extends Loaded>(
  waiting: readonly Suite[],
  running: readonly Suite[],
  processors: number,
): readonly Suite[] => {
  const [first] = waiting;
  if (running.some(({ load }) => load === 'alone')) return [];
  if (first?.load === 'alone') return running.length === 0 ? [first] : [];
  const barrier = waiting.findIndex(({ load }) => load === 'alone');
  const chosen: Suite[] = [];
  for (const suite of barrier === -1 ? waiting : waiting.slice(0, barrier)) {
    const beside = [...running, ...chosen];
    if (beside.length === 0 || total([...beside, suite]) <= processors) chosen.push(suite);
  }
  return chosen;
};
