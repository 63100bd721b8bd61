// Bounds the probes that are open at once, so that this host never runs out of descriptors: the others queue.

import type { Target } from './messages.ts';

/** Descriptors for everything but probes: the channel, the loop's own, files read in passing. */
const reserve = 64;

/**
 * Divides the descriptors of this process.
 * @returns how many descriptors probes may use at once, and how many connections may be kept for later.
 */
export const budgetOf = (descriptors: number): { readonly slots: number; readonly kept: number } => {
  const free = Math.max(16, descriptors - reserve);
  const kept = Math.floor(free / 4);
  return { slots: free - kept, kept };
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

  const admit = (): void => {
    for (;;) {
      const next = waiting[head];
      if (next === undefined) {
        waiting = [];
        head = 0;
        return;
      }
      if (next.cost > free) return;
      if (started === startsPerTurn) return;
      head += 1;
      if (head > 1024) {
        waiting = waiting.slice(head);
        head = 0;
      }
      started += 1;
      if (!isDeferred) {
        isDeferred = true;
        defer(() => {
          isDeferred = false;
          started = 0;
          admit();
        });
      }
      free -= next.cost;
      next.begin();
    }
  };

  return (subject, onStart) =>
    new Promise((resolve, reject) => {
      // A cost above the total would wait for ever.
      const cost = Math.min(options.cost(subject), slots);
      const leave = (): void => {
        free += cost;
        admit();
      };
      const fail = (error: unknown): void => {
        reject(error);
        leave();
      };
      const begin = (): void => {
        // A probe that throws at once must release its slots and not affect the others.
        try {
          onStart();
          probe(subject).then((result) => {
            resolve(result);
            leave();
          }, fail);
        } catch (error) {
          fail(error);
        }
      };
      waiting.push({ cost, begin });
      admit();
    });
};
