// Times of a run's record, from the wall clock to milliseconds since the run began. Pure.

import type { KeptConnection } from '../client/batch.ts';
import type { Connection, Event, Takeover } from '../recording/recording.ts';

export type Shift = (time: number) => number;

/** Connections as the record has them; null for what never happened. */
export const connectionsOf = (connections: readonly KeptConnection[]): readonly Connection[] =>
  connections.map(({ id, kind, opened, heard, server, ended, why }) => ({
    id,
    kind,
    server: server ?? null,
    opened: opened === 0 ? null : opened,
    heard: heard === 0 ? null : heard,
    ended: ended ?? null,
    why: why ?? null,
  }));

const shiftOr = (time: number | null, shift: Shift): number | null => (time === null ? null : shift(time));

export const relativeConnections = (connections: readonly Connection[], shift: Shift): readonly Connection[] =>
  connections.map((one) => ({
    ...one,
    opened: shiftOr(one.opened, shift),
    heard: shiftOr(one.heard, shift),
    ended: shiftOr(one.ended, shift),
  }));

export const relativeEvents = (events: readonly Event[], shift: Shift): readonly Event[] =>
  events.map((event) => ({ ...event, time: shift(event.time) })).sort((one, other) => one.time - other.time);

export const relativeTakeover = (takeover: Takeover, shift: Shift): Takeover => ({
  ...takeover,
  fault: shift(takeover.fault),
  lastAdvertisement: shiftOr(takeover.lastAdvertisement, shift),
  due: shiftOr(takeover.due, shift),
  addressAdded: shiftOr(takeover.addressAdded, shift),
  firstArp: shiftOr(takeover.firstArp, shift),
  firstAdvertisement: shiftOr(takeover.firstAdvertisement, shift),
  firstAnswer: shiftOr(takeover.firstAnswer, shift),
});
