// Timers for thousands of targets: actions due at about the same time run together, so that the loop wakes up rarely.

import { type Clock, elapsed, type Instant, later, type Milliseconds, milliseconds } from '../base/units.ts';

type Action = (now: Instant) => void;

export type Wheel = {
  /** Runs an action once, at an instant or up to `slack` later; never early. The action gets the time of its round. */
  readonly arm: (action: Action, at: Instant, slack: Milliseconds) => void;
  /** Cancels what was armed with the same arguments: a function that cancels would be one object more for each target. */
  readonly disarm: (action: Action, at: Instant, slack: Milliseconds) => void;
};

/** A timer of the loop. @returns a function that cancels it. */
export type ArmTimer = (action: () => void, delay: Milliseconds) => () => void;

/** The least slack: actions of one tick run together in any case. */
const tick = milliseconds(10);
/** Empty ticks scanned at a time for the next that has something to run. */
const lookAhead = 100;

/** The actions of a tick. Each waits for seconds, so that every byte of it outlives a scavenge. */
type Slot = Set<Action>;

/** The tick of an action: actions with the same slack share ticks that are as far apart. */
const slotOf = (at: Instant, slack: Milliseconds): number => {
  const span = Math.max(1, Math.floor(slack / tick));
  return Math.ceil(at / (span * tick)) * span;
};

export const createWheel = (clock: Clock, arm: ArmTimer): Wheel => {
  const slots = new Map<number, Slot>();
  let next: { readonly slot: number; readonly cancel: () => void } | undefined;

  const wakeAt = (slot: number, run: () => void): void => {
    next?.cancel();
    const at = later(0 as Instant, milliseconds(slot * tick));
    next = { slot, cancel: arm(run, milliseconds(Math.max(0, elapsed(clock(), at)))) };
  };

  function* slice(from: number, until: number): Generator<[number, Slot]> {
    for (let slot = from; slot <= until; slot += 1) {
      const actions = slots.get(slot);
      if (actions !== undefined) yield [slot, actions];
    }
  }

  const run = (): void => {
    const from = next?.slot ?? 0;
    const now = clock();
    const until = Math.floor(now / tick);
    next = undefined;
    // An action may arm another one, which belongs to a later round.
    const due: Action[] = [];
    for (const [slot, actions] of until - from > slots.size ? slots : slice(from, until)) {
      if (slot > until) continue;
      slots.delete(slot);
      due.push(...actions);
    }
    for (const action of due) action(now);
    if (next !== undefined || slots.size === 0) return;
    let slot = until + 1;
    while (slot < until + lookAhead && !slots.has(slot)) slot += 1;
    wakeAt(slot, run);
  };

  return {
    arm: (action, at, slack) => {
      const slot = slotOf(at, slack);
      const actions: Slot = slots.get(slot) ?? new Set();
      slots.set(slot, actions);
      actions.add(action);
      if (next === undefined || slot < next.slot) wakeAt(slot, run);
    },
    disarm: (action, at, slack) => {
      const slot = slotOf(at, slack);
      const actions = slots.get(slot);
      actions?.delete(action);
      if (actions?.size === 0) slots.delete(slot);
    },
  };
};
