// Counts packets for no router of this host, by incoming interface; the counts outlive a change of the configuration.

import type { Place } from '../sockets.ts';
import type { InterfaceStatus } from '../status.ts';
import type { DropReason } from './drop-reason.ts';

export type Strays = {
  readonly count: (place: Place, reason: DropReason) => void;
  readonly status: () => readonly InterfaceStatus[];
};

/** Interfaces and families counted: those of earlier configurations make room. */
const mostPlaces = 128;

/** @param countedSince wall time, milliseconds since the epoch. */
export const createStrays = (countedSince: number): Strays => {
  // Bounded by the number of reasons, and by the interfaces below.
  const counts = new Map<string, { readonly place: Place; readonly dropped: Partial<Record<DropReason, number>> }>();
  return {
    count: (place, reason) => {
      const key = `${place.interface} ${place.family}`;
      const entry = counts.get(key) ?? { place, dropped: {} };
      entry.dropped[reason] = (entry.dropped[reason] ?? 0) + 1;
      counts.set(key, entry);
      const [oldest] = counts.keys();
      if (counts.size > mostPlaces && oldest !== undefined) counts.delete(oldest);
    },
    status: () =>
      [...counts.values()].map(({ place, dropped }) => ({
        interface: place.interface,
        family: place.family,
        countedSince,
        dropped: { ...dropped },
      })),
  };
};
