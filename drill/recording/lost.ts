// Advertisements and ARP that a director sent and the network did not have, as two captures saw it. Pure.

import type { Event } from './recording.ts';

export type Sent = Extract<Event, { type: 'sent' }>;

/** Two captures may see a frame in either order, in milliseconds. */
const early = 50;

/** What a frame is about, by which both captures know it. */
const subjectOf = (event: Event): string | undefined => {
  if (event.type === 'advertisement') return `${event.by} router ${event.router}`;
  return event.type === 'arp' ? `${event.by} ${event.address}` : undefined;
};

/**
 * Matches each sent frame with the next one of its kind on the network.
 * @param events in the order of their times.
 * @param patience how much later the network may have it, in milliseconds: less than the time between two advertisements.
 */
export const lostFrames = (events: readonly Event[], patience: number): readonly Sent[] => {
  const passed = new Map<string, number[]>();
  for (const event of events) {
    const subject = subjectOf(event);
    if (subject !== undefined) passed.set(subject, [...(passed.get(subject) ?? []), event.time]);
  }
  return events.filter((event): event is Sent => {
    if (event.type !== 'sent') return false;
    const times = passed.get(`${event.by} ${event.subject}`) ?? [];
    const index = times.findIndex((time) => time >= event.time - early);
    const time = times[index];
    if (time === undefined || time > event.time + patience) return true;
    times.splice(0, index + 1);
    return false;
  });
};
