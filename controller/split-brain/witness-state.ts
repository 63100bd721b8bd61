// Whether the witness on the clients' side answers: lost after several echo requests in a row, there again after several
// replies in a row. Pure.

import type { Instant } from '../../base/units.ts';

export type WitnessState = 'untried' | 'answers' | 'lost';

export type Witnessed = {
  readonly state: WitnessState;
  /** Since when it has this state. */
  readonly since: Instant;
  /** How many outcomes in a row were other than the state. */
  readonly contrary: number;
};

const fall = 3;
const rise = 3;

export const unwitnessed = (now: Instant): Witnessed => ({ state: 'untried', since: now, contrary: 0 });

/** Takes the outcome of one echo request. */
export const witness = (before: Witnessed, isAnswered: boolean, now: Instant): Witnessed => {
  const outcome: WitnessState = isAnswered ? 'answers' : 'lost';
  if (before.state === outcome) return before.contrary === 0 ? before : { ...before, contrary: 0 };
  const contrary = before.contrary + 1;
  const needed = before.state === 'untried' && isAnswered ? 1 : isAnswered ? rise : fall;
  return contrary >= needed ? { state: outcome, since: now, contrary: 0 } : { ...before, contrary };
};
