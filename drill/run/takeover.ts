// The moments of a takeover, from the events after a fault. Pure.

import type { Event, Takeover } from '../recording/recording.ts';

type Advertisement = Extract<Event, { type: 'advertisement' }>;

export type TakeoverQuestion = {
  readonly directors: readonly string[];
  readonly fault: number;
  readonly until: number;
  /** That the client asks for. */
  readonly address: string;
  /** Master down intervals by director, and the interval of advertisements, in milliseconds. */
  readonly masterDowns: Readonly<Record<string, number>>;
  readonly interval: number;
  /** The end of the outage, if there was one. */
  readonly firstAnswer: number | undefined;
};

/** Two masters may advertise at once before one has heard the other, in milliseconds. */
const crossing = 50;

const isMastersOf = (event: Event, directors: readonly string[]): event is Advertisement =>
  event.type === 'advertisement' && event.priority > 0 && directors.includes(event.by);

/** How late regent's timer was by its own log, in milliseconds; null where it is not told. */
const lateness = (events: readonly Event[], by: string, around: number): number | null => {
  for (const event of events) {
    if (event.type !== 'log' || event.by !== by || Math.abs(event.time - around) > 500) continue;
    const [, value, unit] = /-> master.* timer late by ([\d.]+) (ms|s)\b/.exec(event.message) ?? [];
    if (value !== undefined) return Number(value) * (unit === 's' ? 1000 : 1);
  }
  return null;
};

/** The advertisement that begins a change of the master, and who was master before. */
type Change = { readonly spoken: Advertisement; readonly from: string };

/**
 * A master that has heard a better one stops: on a busy host one more advertisement may be on its way. Three intervals tell, unless
 * the record ends before.
 */
const goesOn = (events: readonly Event[], { spoken, from }: Change, directors: readonly string[], interval: number) => {
  const { time, router } = spoken;
  const enough = time + 3 * interval;
  const isLater = (event: Event): boolean =>
    isMastersOf(event, directors) && event.by === from && event.router === router && event.time > time;
  const [once, ...more] = events.filter((event) => isLater(event) && event.time < enough);
  if (once === undefined || more.length > 0) return once !== undefined;
  return once.time > time + crossing && (events.at(-1)?.time ?? 0) < enough;
};

const firstChange = (events: readonly Event[], question: TakeoverQuestion): Change | undefined => {
  const { directors, fault, until, interval } = question;
  const masters = new Map<number, string>();
  for (const event of events) {
    if (event.time > until) return undefined;
    if (!isMastersOf(event, directors)) continue;
    const from = masters.get(event.router);
    if (event.time >= fault && from !== undefined && from !== event.by) {
      const change = { spoken: event, from };
      // Who speaks up and gives way again is no new master.
      if (goesOn(events, change, directors, interval)) continue;
      return change;
    }
    masters.set(event.router, event.by);
  }
  return undefined;
};

/**
 * The first change of the master after a fault; undefined if there was none, or if both advertise on.
 * @param events in the order of their times.
 */
export const takeoverOf = (events: readonly Event[], question: TakeoverQuestion): Takeover | undefined => {
  const { fault, until, address, masterDowns, firstAnswer } = question;
  const change = firstChange(events, question);
  if (change === undefined) return undefined;
  const { from } = change;
  const { by: to, router, time } = change.spoken;
  const isOf = (event: Event, by: string): event is Advertisement =>
    event.type === 'advertisement' && event.by === by && event.router === router;
  const last = events.findLast((event): event is Advertisement => isOf(event, from) && event.time < time);
  // A farewell, and a preemption, do not wait for the interval.
  const silent = last === undefined || last.priority === 0 ? undefined : last.time + (masterDowns[to] ?? Infinity);
  const due = silent === undefined || silent > time + crossing ? null : silent;
  const after = events.filter((event) => event.time >= (last?.time ?? fault) && event.time <= until);
  return {
    from,
    to,
    fault,
    lastAdvertisement: last?.time ?? null,
    due,
    late: due === null ? null : lateness(events, to, time),
    addressAdded:
      after.find((event) => event.type === 'address' && event.by === to && event.held && event.address === address)
        ?.time ?? null,
    firstArp: after.find((event) => event.type === 'arp' && event.by === to && event.address === address)?.time ?? null,
    firstAdvertisement: time,
    // An outage that ended earlier is another one.
    firstAnswer: firstAnswer === undefined || firstAnswer < (last?.time ?? fault) ? null : firstAnswer,
  };
};
