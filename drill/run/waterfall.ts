// The moments of a takeover, from the events after a fault. Pure.

import type { Event, Waterfall } from '../recording/recording.ts';

const first = <T extends Event>(events: readonly Event[], is: (event: Event) => event is T): number | null =>
  events.find(is)?.time ?? null;

/**
 * The takeover that follows a fault of a director; undefined if no other director advertised afterwards.
 * @param firstAnswer the end of the outage, if there was one.
 */
export const waterfallOf = (
  events: readonly Event[],
  {
    from,
    fault,
    until,
    address,
    masterDown,
    firstAnswer,
  }: {
    readonly from: string;
    readonly fault: number;
    readonly until: number;
    readonly address: string;
    readonly masterDown: number;
    readonly firstAnswer: number | undefined;
  },
): Waterfall | undefined => {
  const after = events.filter(({ time }) => time >= fault && time <= until);
  const spoken = after.find((event) => event.type === 'advertisement' && event.by !== from && event.priority > 0);
  if (spoken?.type !== 'advertisement') return undefined;
  const to = spoken.by;
  const last = events.findLast(
    (event) =>
      event.type === 'advertisement' && event.by === from && event.router === spoken.router && event.time < spoken.time,
  );
  return {
    from,
    to,
    fault,
    lastAdvertisement: last?.time ?? null,
    due: last === undefined ? null : last.time + masterDown,
    addressAdded: first(
      after,
      (event): event is Extract<Event, { type: 'address' }> =>
        event.type === 'address' && event.by === to && event.held && event.address === address,
    ),
    firstArp: first(
      after,
      (event): event is Extract<Event, { type: 'arp' }> =>
        event.type === 'arp' && event.by === to && event.address === address,
    ),
    firstAdvertisement: spoken.time,
    firstAnswer: firstAnswer ?? null,
  };
};
