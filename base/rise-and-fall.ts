// Rise and fall: consecutive outcomes that make an item up or down. Pure.

export type Tally = {
  readonly state: 'unknown' | 'up' | 'down';
  /** Latest consecutive outcomes that contradict the state. */
  readonly contradictions: number;
};

/** How many consecutive successes make it up, and how many failures make it down. */
export type Thresholds = { readonly rise: number; readonly fall: number };

/** Counts an outcome. @returns the same object if nothing changes. */
export const tally = (before: Tally, isSuccess: boolean, { rise, fall }: Thresholds): Tally => {
  const state = isSuccess ? 'up' : 'down';
  if (before.state === state) return before.contradictions === 0 ? before : { state, contradictions: 0 };
  const contradictions = before.contradictions + 1;
  return contradictions >= (isSuccess ? rise : fall)
    ? { state, contradictions: 0 }
    : { state: before.state, contradictions };
};
