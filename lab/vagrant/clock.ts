// How far another machine's clock is ahead of ours, from the times that it tells us. Pure.

/** So many of the last tellings count: clocks of emulated processors drift. */
const remembered = 100;

export type Clock = {
  /** Takes a telling in: what the other's clock showed when it was sent, and ours when it arrived, in milliseconds. */
  readonly hear: (theirs: number, ours: number) => void;
  /** The other was started again, and its clock set anew. */
  readonly forget: () => void;
  /** In milliseconds. Every telling was under way for a while, which only makes it look late: the least late one is the best. */
  readonly ahead: () => number;
};

export const createClock = (): Clock => {
  let differences: number[] = [];
  return {
    hear: (theirs, ours) => {
      differences = [...differences, theirs - ours].slice(-remembered);
    },
    forget: () => {
      differences = [];
    },
    ahead: () => (differences.length === 0 ? 0 : Math.max(...differences)),
  };
};
