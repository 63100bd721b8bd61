// Times of a run's record, from the wall clock to milliseconds since the run began. Pure.

import type { KeptConnection } from '../client/batch.ts';
import type { Connection, Event, Waterfall } from '../recording/recording.ts';

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

export const relativeWaterfall = (waterfall: Waterfall, shift: Shift): Waterfall => ({
  ...waterfall,
  fault: shift(waterfall.fault),
  lastAdvertisement: shiftOr(waterfall.lastAdvertisement, shift),
  due: shiftOr(waterfall.due, shift),
  addressAdded: shiftOr(waterfall.addressAdded, shift),
  firstArp: shiftOr(waterfall.firstArp, shift),
  firstAdvertisement: shiftOr(waterfall.firstAdvertisement, shift),
  firstAnswer: shiftOr(waterfall.firstAnswer, shift),
});
