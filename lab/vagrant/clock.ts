// Estimates how far another machine's clock is ahead of ours, from the times that it sends. Pure.

/** Number of recent samples that count: clocks of emulated processors drift. */
const remembered = 100;

export type Clock = {
  /** Adds a sample: the other's clock when it was sent, and ours when it arrived, in milliseconds. */
  readonly add: (theirs: number, ours: number) => void;
  /** Discards the samples: the other machine was restarted, and its clock set again. */
  readonly forget: () => void;
  /** In milliseconds. The delay of a sample only makes the other clock look late: the least late sample is the best. */
  readonly ahead: () => number;
};

export const createClock = (): Clock => {
  let differences: number[] = [];
  return {
    add: (theirs, ours) => {
      differences = [...differences, theirs - ours].slice(-remembered);
    },
    forget: () => {
      differences = [];
    },
    ahead: () => (differences.length === 0 ? 0 : Math.max(...differences)),
  };
};
