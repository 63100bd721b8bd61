// The last transitions of routers among the records of all directors, with the takeover as it was measured. Pure.

import type { LogRecord } from './view.ts';

export type Transition = {
  readonly timestamp: string;
  readonly director: string;
  readonly router: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** From the event that decided until the advertisement was out, and until the addresses were there; in milliseconds. */
  readonly takeover?: { readonly total: number; readonly addresses: number };
  /** Since the last advertisement of the master before, in milliseconds. */
  readonly silence?: number;
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** @returns undefined where the record is none of a transition. */
export const transitionIn = ({ timestamp, director, event }: LogRecord): Transition | undefined => {
  if (event?.type !== 'transition') return undefined;
  const [total, addresses] = ['toAdvertisement', 'toAddresses'].map((name) => number(field(event.takeover, name)));
  const silence = number(field(event.reason, 'sinceLastAdvertisement'));
  return {
    timestamp,
    director,
    router: text(event.router),
    from: text(event.from),
    to: text(event.to),
    reason: text(field(event.reason, 'text')),
    ...(total !== undefined && addresses !== undefined && { takeover: { total, addresses } }),
    ...(silence !== undefined && { silence }),
  };
};

/** The newest first. */
export const lastTransitions = (records: readonly LogRecord[], most: number): Transition[] =>
  records
    .flatMap((record) => transitionIn(record) ?? [])
    // A candidate waits for its sync group, for a moment.
    .filter(({ to }) => to !== 'candidate')
    .sort((one, other) => (one.timestamp < other.timestamp ? 1 : one.timestamp > other.timestamp ? -1 : 0))
    .slice(0, most);
