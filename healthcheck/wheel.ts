// Timers for thousands of targets: actions due within the same ten milliseconds run together, so that the loop wakes up rarely.

import { type Clock, elapsed, type Instant, later, type Milliseconds, milliseconds } from '../base/units.ts';

export type Arm = (action: () => void, delay: Milliseconds) => () => void;

const tick = milliseconds(10);
/** Empty ticks scanned at a time for the next that has something to run. */
const lookAhead = 100;

/** @param arm a timer of the loop. @returns `arm` with actions that run up to ten milliseconds late, and never early. */
export const createWheel = (clock: Clock, arm: Arm): Arm => {
  const slots = new Map<number, Set<() => void>>();
  let next: { readonly slot: number; readonly cancel: () => void } | undefined;

  const wakeAt = (slot: number, run: () => void): void => {
    next?.cancel();
    const at = later(0 as Instant, milliseconds(slot * tick));
    next = { slot, cancel: arm(run, milliseconds(Math.max(0, elapsed(clock(), at)))) };
  };

  function* slice(from: number, until: number): Generator<[number, Set<() => void>]> {
    for (let slot = from; slot <= until; slot += 1) {
      const actions = slots.get(slot);
      if (actions !== undefined) yield [slot, actions];
    }
  }

  const run = (): void => {
    const from = next?.slot ?? 0;
    const until = Math.floor(clock() / tick);
    next = undefined;
    // An action may arm another one, which belongs to a later round.
    const due: (() => void)[] = [];
    for (const [slot, actions] of until - from > slots.size ? slots : slice(from, until)) {
      if (slot > until) continue;
      slots.delete(slot);
      due.push(...actions);
    }
    for (const action of due) action();
    if (next !== undefined || slots.size === 0) return;
    let slot = until + 1;
    while (slot < until + lookAhead && !slots.has(slot)) slot += 1;
    wakeAt(slot, run);
  };

  return (action, delay) => {
    const slot = Math.ceil(later(clock(), delay) / tick);
    const actions = slots.get(slot) ?? new Set();
    slots.set(slot, actions);
    const own = (): void => action();
    actions.add(own);
    if (next === undefined || slot < next.slot) wakeAt(slot, run);
    return () => {
      actions.delete(own);
      if (actions.size === 0 && slots.get(slot) === actions) slots.delete(slot);
    };
  };
};
