// The faults that are there now: made, undone singly or all, each once.

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
  const undo = async (id: number): Promise<void> => {
    const found = open.find((one) => one.id === id);
    if (found === undefined) return;
    open = open.filter((one) => one !== found);
    await found.undo();
    onEvent({ type: 'undo', time: Date.now(), id });
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
  return {
    make: async (act) => {
      last += 1;
      const id = last;
      const time = Date.now();
      if (act.do === 'mend') await mend(act.director ?? act.server);
      if (act.do === 'thaw') await thaw(act.director);
      if (act.do === 'mend' || act.do === 'thaw' || act.do === 'wait') return { id, at: time };
      const { at, undo: takeBack, isolates } = await target.apply(act);
      onEvent({ type: 'fault', time: at, what: describeAct(act), id, place: placeOf(act), isolates });
      if (takeBack === undefined) onEvent({ type: 'undo', time: Date.now(), id });
      else open = [...open, { id, act, undo: takeBack }];
      return { id, at };
    },
    undo,
    mend,
    areOpen: () => open.length > 0,
  };
};
