// Virtual time: what is due next happens next, at once. Two things at one instant happen in the order in which they were asked for.

type Due = { readonly at: number; readonly order: number; call: (() => void) | undefined };

export type Time = {
  /** Milliseconds since the beginning. */
  readonly now: () => number;
  /** @returns a function that cancels it. */
  readonly at: (instant: number, call: () => void) => () => void;
  /** Lets time pass until then. */
  readonly runUntil: (end: number) => void;
  /** Ends the present {@link Time.runUntil}. */
  readonly stop: () => void;
  /** How much has happened. */
  readonly steps: () => number;
};

const isBefore = (one: Due, other: Due): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

export const createTime = (): Time => {
  let now = 0;
  let order = 0;
  let steps = 0;
  let isStopped = false;
  /** A binary heap. */
  const heap: Due[] = [];

  const push = (due: Due): void => {
    let index = heap.length;
    heap.push(due);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(due, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = due;
  };

  const pop = (): Due | undefined => {
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const isRight = other !== undefined && isBefore(other, one);
      const child = isRight ? other : one;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = isRight ? left + 1 : left;
    }
    heap[index] = last;
    return first;
  };

  /** Far more than happens in a moment of any world. */
  const mostSteps = 50_000;

  return {
    now: () => now,
    at: (instant, call) => {
      const due: Due = { at: Math.max(instant, now), order, call };
      order += 1;
      push(due);
      return () => {
        due.call = undefined;
      };
    },
    runUntil: (end) => {
      const limit = steps + mostSteps;
      isStopped = false;
      for (let first = heap[0]; first !== undefined && first.at <= end; first = heap[0]) {
        pop();
        const { call } = first;
        if (call === undefined) continue;
        now = first.at;
        steps += 1;
        if (steps > limit) throw new Error(`something goes on for ever at ${now} ms`);
        first.call = undefined;
        call();
        if (isStopped) return;
      }
      now = end;
    },
    stop: () => {
      isStopped = true;
    },
    steps: () => steps,
  };
};
