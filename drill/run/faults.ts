// The faults that are there now: made, undone singly or all, each once.

import { messageOf } from '../../base/error.ts';
import { placeOf } from '../scenario/chaos.ts';
import type { Act } from '../scenario/keys.ts';
import type { Observed, Target } from './target.ts';

type Open = { readonly id: number; readonly act: Act; readonly undo: () => Promise<void> };

export type Faults = {
  /** @returns its number, and when it took effect. */
  readonly make: (act: Act) => Promise<{ readonly id: number; readonly at: number }>;
  readonly undo: (id: number) => Promise<void>;
  /** Undoes the faults of a director or server, or all; the last first. */
  readonly mend: (place?: string) => Promise<void>;
  readonly areOpen: () => boolean;
  /** Undoes all at once, and what is being made or undone at this moment as soon as that is done. */
  readonly close: () => Promise<void>;
};

/** As a drill's file has it. */
const writeDuration = (span: number): string => (span % 1000 === 0 ? `${span / 1000}s` : `${span}ms`);

const writeKey = (key: string, value: unknown): string => {
  if (key === 'loss') return `loss ${value}%`;
  if (key === 'by') return `by ${Number(value) < 0 ? '-' : '+'}${writeDuration(Math.abs(Number(value)))}`;
  return key === 'delay' || key === 'every' ? `${key} ${writeDuration(Number(value))}` : `${key} ${value}`;
};

/** The text of a fault: `cut lb0 network 55`. */
export const describeAct = (act: Act): string => {
  const { do: what, director, server, ...rest } = act;
  const more = Object.entries(rest).map(([key, value]) => writeKey(key, value));
  return [what.replaceAll('_', ' '), director ?? server ?? '', ...more].filter((word) => word !== '').join(' ');
};

export const openFaults = (target: Target, onEvent: (event: Observed) => void): Faults => {
  let open: readonly Open[] = [];
  let last = 0;
  const making = new Set<Promise<unknown>>();
  const undoing = new Set<Promise<unknown>>();
  /** Keeps work in the set until it ends. */
  const within = <T>(set: Set<Promise<unknown>>, work: Promise<T>): Promise<T> => {
    set.add(work);
    const leave = () => void set.delete(work);
    work.then(leave, leave);
    return work;
  };
  const takeBack = async ({ id, undo: back }: Open): Promise<void> => {
    await back();
    onEvent({ type: 'undo', time: Date.now(), id });
  };
  const undo = async (id: number): Promise<void> => {
    const found = open.find((one) => one.id === id);
    if (found === undefined) return;
    open = open.filter((one) => one !== found);
    await within(undoing, takeBack(found));
  };
  const mend = async (place?: string): Promise<void> => {
    const failures: unknown[] = [];
    for (const { id } of open.filter(({ act }) => place === undefined || placeOf(act) === place).toReversed())
      await undo(id).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  };
  const thaw = async (director: string | undefined): Promise<void> => {
    for (const { id } of open.filter(({ act }) => act.do === 'freeze' && act.director === director)) await undo(id);
  };
  const make = async (act: Act): Promise<{ readonly id: number; readonly at: number }> => {
    last += 1;
    const id = last;
    const time = Date.now();
    if (act.do === 'mend') await mend(act.director ?? act.server);
    if (act.do === 'thaw') await thaw(act.director);
    if (act.do === 'mend' || act.do === 'thaw' || act.do === 'wait') return { id, at: time };
    const { at, undo: back, isolates } = await target.apply(act);
    onEvent({ type: 'fault', time: at, what: describeAct(act), id, place: placeOf(act), isolates });
    if (back === undefined) onEvent({ type: 'undo', time: Date.now(), id });
    else open = [...open, { id, act, undo: back }];
    return { id, at };
  };
  return {
    make: (act) => within(making, make(act)),
    undo,
    mend,
    areOpen: () => open.length + making.size + undoing.size > 0,
    close: async () => {
      const failures: unknown[] = [];
      do {
        const earlier = [...undoing];
        await mend().catch((error: unknown) => failures.push(error));
        for (const one of await Promise.allSettled(earlier)) if (one.status === 'rejected') failures.push(one.reason);
        await Promise.allSettled(making);
      } while (open.length > 0);
      if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
    },
  };
};
