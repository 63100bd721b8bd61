// Who holds the virtual addresses, from the addresses that the directors' kernels reported. Pure.

import type { Event } from './recording.ts';

/** A director holds an address from `begin` to `end`. */
export type Holding = { readonly by: string; readonly address: string; readonly begin: number; readonly end: number };

/** The end of the lease that was last renewed, for each change of it. */
export type Lease = { readonly by: string; readonly address: string; readonly time: number; readonly end: number };

/** @param until the end of the run. */
export const holdingsOf = (
  events: readonly Event[],
  addresses: readonly string[],
  until: number,
): readonly Holding[] => {
  const begun = new Map<string, { by: string; address: string; begin: number }>();
  const holdings: Holding[] = [];
  for (const event of events) {
    if (event.type !== 'address' || !addresses.includes(event.address)) continue;
    const { by, address, time, held } = event;
    const key = `${by} ${address}`;
    const open = begun.get(key);
    if (held && open === undefined) begun.set(key, { by, address, begin: time });
    if (!held && open !== undefined) {
      holdings.push({ ...open, end: time });
      begun.delete(key);
    }
  }
  return [...holdings, ...[...begun.values()].map((open) => ({ ...open, end: until }))];
};

/** Spans in which a director was taken off all networks by the drill: what it holds then reaches no host. */
export const isolationsOf = (
  events: readonly Event[],
  until: number,
): readonly { by: string; begin: number; end: number }[] =>
  events.flatMap((event) => {
    if (event.type !== 'fault' || !event.isolates) return [];
    const undone = events.find((other) => other.type === 'undo' && other.id === event.id);
    return [{ by: event.place, begin: event.time, end: undone?.time ?? until }];
  });

/** Takes spans out of a holding. */
const without = (holding: Holding, spans: readonly { begin: number; end: number }[]): readonly Holding[] =>
  spans.reduce<readonly Holding[]>(
    (rest, { begin, end }) =>
      rest.flatMap((one) => [
        ...(one.begin < begin ? [{ ...one, end: Math.min(one.end, begin) }] : []),
        ...(one.end > end ? [{ ...one, begin: Math.max(one.begin, end) }] : []),
      ]),
    [holding],
  );

/** The holdings on the network: without what isolated directors hold. */
export const reachableHoldings = (
  events: readonly Event[],
  addresses: readonly string[],
  until: number,
): readonly Holding[] => {
  const isolations = isolationsOf(events, until);
  return holdingsOf(events, addresses, until).flatMap((holding) =>
    without(
      holding,
      isolations.filter(({ by }) => by === holding.by),
    ).filter(({ begin, end }) => end > begin),
  );
};

export type HeldTime = { readonly none: number; readonly several: number };

/** How long an address had no holder, and several, within a span; in milliseconds. */
export const heldTime = (holdings: readonly Holding[], address: string, begin: number, end: number): HeldTime => {
  const own = holdings.filter((holding) => holding.address === address && holding.begin < end && holding.end > begin);
  const inside = own.flatMap((holding) => [holding.begin, holding.end]).filter((time) => time > begin && time < end);
  const moments = [...new Set([begin, ...inside, end])].sort((one, other) => one - other);
  let [none, several] = [0, 0];
  for (const [index, moment] of moments.slice(0, -1).entries()) {
    const next = moments[index + 1] ?? end;
    const holders = own.filter((holding) => holding.begin <= moment && holding.end >= next).length;
    if (holders === 0) none += next - moment;
    if (holders > 1) several += next - moment;
  }
  return { none, several };
};

/** Holders of an address at a moment. */
export const holdersAt = (holdings: readonly Holding[], address: string, moment: number): readonly string[] =>
  holdings
    .filter((holding) => holding.address === address && holding.begin <= moment && holding.end >= moment)
    .map(({ by }) => by);
