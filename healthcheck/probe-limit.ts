// Bounds the probes that are open at once, so that this host never runs out of descriptors: the others queue.

import type { Target } from './messages.ts';

/** Descriptors for everything but probes: the channel, the loop's own, files read in passing. */
const reserve = 64;

/** Idle sockets that are worth their descriptors: about as many connections as begin in one round of probes. */
const mostIdle = 128;

/**
 * Divides the descriptors of this process.
 * @returns how many descriptors probes may use at once, and how many connections, and sockets without one, may be kept for later.
 */
export const budgetOf = (
  descriptors: number,
): { readonly slots: number; readonly kept: number; readonly idle: number } => {
  const free = Math.max(16, descriptors - reserve);
  const [kept, idle] = [Math.floor(free / 4), Math.min(mostIdle, Math.floor(free / 8))];
  return { slots: free - kept - idle, kept, idle };
};

/** Descriptors that a probe needs at most: a program takes a pair for each stream and one to report its start. */
export const costOf = ({ check }: Pick<Target, 'check'>): number => (check.type === 'script' ? 6 : 1);

/** Probes begun per turn of the loop: ten thousand at once would delay its heartbeats. */
const startsPerTurn = 25;

export type ProbeLimitOptions<Subject, Result> = {
  readonly slots: number;
  /** Slots that a subject takes. */
  readonly cost: (subject: Subject) => number;
  readonly probe: (subject: Subject) => Promise<Result>;
  /** Runs an action in the next turn of the loop. */
  readonly defer: (action: () => void) => void;
};

/** @returns a function that probes as soon as the cost fits, first come, first served, and calls `onStart` when it begins. */
export const createProbeLimit = <Subject, Result>(
  options: ProbeLimitOptions<Subject, Result>,
): ((subject: Subject, onStart: () => void) => Promise<Result>) => {
  type Waiting = { readonly cost: number; readonly begin: () => void };
  const { slots, probe, defer } = options;
  // Bounded by the targets: each waits once.
  let waiting: Waiting[] = [];
  let head = 0;
  let free = slots;
  let started = 0;
  let isDeferred = false;

  const mayStart = (cost: number): boolean => cost <= free && started < startsPerTurn;

  const admit = (): void => {
    for (;;) {
      const next = waiting[head];
      if (next === undefined) {
        waiting = [];
        head = 0;
        return;
      }
      if (!mayStart(next.cost)) return;
      head += 1;
      if (head > 1024) {
        waiting = waiting.slice(head);
        head = 0;
      }
      next.begin();
    }
  };

  const countStart = (): void => {
    started += 1;
    if (isDeferred) return;
    isDeferred = true;
    defer(() => {
      isDeferred = false;
      started = 0;
      admit();
    });
  };

  /** A probe that throws at once releases its slots, too, and does not affect the others. */
  const begin = async (cost: number, subject: Subject, onStart: () => void): Promise<Result> => {
    free -= cost;
    countStart();
    try {
      onStart();
      return await probe(subject);
    } finally {
      free += cost;
      admit();
    }
  };

  return (subject, onStart) => {
    // A cost above the total would wait for ever.
    const cost = Math.min(options.cost(subject), slots);
    if (head === waiting.length && mayStart(cost)) return begin(cost, subject, onStart);
    return new Promise((resolve) => {
      waiting.push({ cost, begin: () => resolve(begin(cost, subject, onStart)) });
    });
  };
};
