// What the charts of a run show, in seconds since its first fault: lanes, requests, rates, connections, log. Pure.

import type { Outcome } from '../client/batch.ts';
import { holdingsOf, reachableHoldings } from '../recording/holders.ts';
import { lostFrames, type Sent } from '../recording/lost.ts';
import { endOf, isGood, wordOf } from '../recording/measures.ts';
import { outageOfStep } from '../recording/outages.ts';
import type { Event, Run } from '../recording/recording.ts';

export type Tone = 'fault' | 'holder' | 'isolated' | 'good' | 'bad' | 'weight' | 'lease';
export type Span = { readonly begin: number; readonly end: number; readonly tone: Tone; readonly title: string };
/** A cross instead of a tick stands for what did not arrive. */
export type Tick = { readonly time: number; readonly title: string; readonly isCross: boolean };
export type Lane = { readonly name: string; readonly spans: readonly Span[]; readonly ticks: readonly Tick[] };

export type Point = {
  readonly time: number;
  readonly latency: number;
  readonly server: string;
  readonly error: string | null;
};
export type Rate = { readonly time: number; readonly series: string; readonly count: number };
export type Open = { readonly time: number; readonly count: number };
export type LogLine = { readonly time: number; readonly by: string; readonly level: string; readonly text: string };

export type View = {
  readonly begin: number;
  readonly end: number;
  /** The computed moments of takeovers. */
  readonly due: readonly number[];
  readonly lanes: readonly Lane[];
  readonly points: readonly Point[];
  readonly rates: readonly Rate[];
  /** Servers, then `failed`. */
  readonly series: readonly string[];
  readonly open: readonly Open[];
  readonly log: readonly LogLine[];
};

const failedSeries = 'failed';
/** A frame reaches the network within this time after it was sent, or is lost; in milliseconds. */
const lostAfter = 900;

const ofType = <T extends Event['type']>(events: readonly Event[], type: T): readonly Extract<Event, { type: T }>[] =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type);

const faultLanes = (run: Run): readonly Lane[] => {
  const undone = (id: number): number => ofType(run.events, 'undo').find((event) => event.id === id)?.time ?? run.took;
  const spans = ofType(run.events, 'fault').map(
    ({ time, id, what }): Span => ({
      begin: time,
      // What is over at once is to be seen all the same.
      end: Math.max(undone(id), time + run.took / 300),
      tone: 'fault',
      title: what,
    }),
  );
  return [{ name: 'fault', spans, ticks: [] }];
};

const holderLanes = (run: Run): readonly Lane[] => {
  const holdings = holdingsOf(run.events, run.addresses, run.took);
  const reachable = reachableHoldings(run.events, run.addresses, run.took);
  const names = [...new Set(holdings.map(({ by }) => by))].sort();
  return run.addresses.flatMap((address) =>
    names.map((by): Lane => {
      const isOwn = (one: { by: string; address: string }): boolean => one.by === by && one.address === address;
      const leases = ofType(run.events, 'address').filter(
        (event) => isOwn(event) && event.held && event.lease !== undefined,
      );
      // Where it reaches others, the holder is drawn over what it holds by itself.
      const spans = [
        ...holdings
          .filter(isOwn)
          .map(({ begin, end }): Span => ({ begin, end, tone: 'isolated', title: `${by} has ${address}` })),
        ...reachable
          .filter(isOwn)
          .map(({ begin, end }): Span => ({ begin, end, tone: 'holder', title: `${by} holds ${address}` })),
        ...holdings.filter(isOwn).flatMap(({ begin, end }): Span[] => {
          const last = leases.findLast(({ time }) => time >= begin && time <= end);
          const leaseEnd = last === undefined ? end : Math.min(last.time + (last.lease ?? 0), run.took);
          return leaseEnd > end ? [{ begin: end, end: leaseEnd, tone: 'lease', title: `lease of ${by}` }] : [];
        }),
      ];
      return { name: `${by} ${address}`, spans, ticks: [] };
    }),
  );
};

/** Crosses are frames that a director sent and the network did not have. */
const wireLanes = (run: Run): readonly Lane[] => {
  const advertisements = ofType(run.events, 'advertisement');
  const lost = lostFrames(run.events, Math.min(lostAfter, 0.9 * run.interval));
  const crossesOf = (isOwn: (one: Sent) => boolean): readonly Tick[] =>
    lost.filter(isOwn).map(({ time, by, subject, network }) => ({
      time,
      title: `${by} sends ${subject} on ${network}, and the network does not have it`,
      isCross: true,
    }));
  const isOfRouter = ({ subject }: Sent): boolean => subject.startsWith('router ');
  const senders = [...new Set([...advertisements, ...lost.filter(isOfRouter)].map(({ by }) => by))].sort();
  const lanes = senders.map((by): Lane => {
    const seen = advertisements
      .filter((event) => event.by === by)
      .map(
        ({ time, router, priority }): Tick => ({
          time,
          title: `${by} advertises router ${router} with priority ${priority}`,
          isCross: false,
        }),
      );
    return {
      name: `${by} VRRP`,
      spans: [],
      ticks: [...seen, ...crossesOf((one) => one.by === by && isOfRouter(one))],
    };
  });
  const arp = ofType(run.events, 'arp').map(
    ({ time, by, address }): Tick => ({
      time,
      title: `${by} announces ${address} by ARP`,
      isCross: false,
    }),
  );
  return [...lanes, { name: 'ARP', spans: [], ticks: [...arp, ...crossesOf((one) => !isOfRouter(one))] }];
};

const weightLanes = (run: Run): readonly Lane[] => {
  const weights = ofType(run.events, 'weight');
  const keys = [...new Set(weights.map(({ by, server }) => `${by} ${server}`))].sort();
  return keys.map((name): Lane => {
    const own = weights.filter(({ by, server }) => `${by} ${server}` === name);
    const spans = own.flatMap(({ time, weight }, index): Span[] =>
      weight === null
        ? []
        : [
            {
              begin: time,
              end: own[index + 1]?.time ?? run.took,
              tone: weight === 0 ? 'bad' : 'weight',
              title: `${name}: weight ${weight}`,
            },
          ],
    );
    return { name, spans, ticks: [] };
  });
};

const serviceLane = (run: Run): Lane => {
  const outages = run.steps.flatMap((step): Span[] => {
    const outage = outageOfStep(run, step);
    if (outage === undefined) return [];
    const end = Math.min(outage.end, run.took);
    return [{ begin: outage.begin, end, tone: 'bad', title: `no answer for ${Math.round(end - outage.begin)} ms` }];
  });
  const begin = run.requests.reduce((first, [start]) => Math.min(first, start), run.took);
  return {
    name: 'service',
    spans: [{ begin, end: run.took, tone: 'good', title: 'service' }, ...outages],
    ticks: [],
  };
};

const ratesOf = (
  requests: readonly Outcome[],
  series: readonly string[],
  shift: (time: number) => number,
): readonly Rate[] => {
  const counts = new Map<string, number>();
  for (const outcome of requests) {
    const key = `${Math.floor(shift(outcome[0]) / 1000)} ${isGood(outcome) ? wordOf(outcome) : failedSeries}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const seconds = requests.map((outcome) => Math.floor(shift(outcome[0]) / 1000));
  const low = seconds.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const high = seconds.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  if (seconds.length === 0) return [];
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => low + index).flatMap((second) =>
    series.map((name) => ({ time: second, series: name, count: counts.get(`${second} ${name}`) ?? 0 })),
  );
};

const openOf = (run: Run, shift: (time: number) => number): readonly Open[] => {
  const changes = run.connections
    .flatMap(({ opened, ended }) => [
      ...(opened === null ? [] : [{ time: opened, by: 1 }]),
      ...(opened === null || ended === null ? [] : [{ time: ended, by: -1 }]),
    ])
    .sort((one, other) => one.time - other.time);
  let count = 0;
  const steps = changes.map(({ time, by }) => {
    count += by;
    return { time: shift(time) / 1000, count };
  });
  return steps.length === 0 ? [] : [...steps, { time: shift(run.took) / 1000, count }];
};

/** When the first fault took effect; without one the start. */
export const firstFault = ({ events }: Run): number => events.find(({ type }) => type === 'fault')?.time ?? 0;

export const viewOf = (run: Run): View => {
  const origin = firstFault(run);
  const shift = (time: number): number => time - origin;
  const seconds = (time: number): number => shift(time) / 1000;
  const lanes = [serviceLane(run), ...faultLanes(run), ...holderLanes(run), ...wireLanes(run), ...weightLanes(run)];
  const servers = [...new Set(run.requests.filter(isGood).map(wordOf))].sort();
  const series = [...servers, failedSeries];
  const begin = run.requests.reduce((first, [start]) => Math.min(first, start), run.took);
  return {
    begin: seconds(run.requests.length === 0 ? 0 : begin),
    end: seconds(run.took),
    due: run.takeovers.flatMap(({ due }) => (due === null ? [] : [seconds(due)])),
    lanes: lanes.map(({ name, spans, ticks }) => ({
      name,
      spans: spans
        .filter((span) => span.end > begin)
        .map((span) => ({ ...span, begin: seconds(Math.max(begin, span.begin)), end: seconds(span.end) })),
      ticks: ticks.filter(({ time }) => time >= begin).map((tick) => ({ ...tick, time: seconds(tick.time) })),
    })),
    points: run.requests.map((outcome) => ({
      time: seconds(outcome[0]),
      latency: Math.max(0.1, endOf(outcome) - outcome[0]),
      server: isGood(outcome) ? wordOf(outcome) : failedSeries,
      error: isGood(outcome) ? null : wordOf(outcome),
    })),
    rates: ratesOf(run.requests, series, shift),
    series,
    open: openOf(run, shift),
    log: ofType(run.events, 'log').map(({ time, by, level, message, subject }) => ({
      time: seconds(time),
      by,
      level,
      text: `${subject === undefined ? '' : `${subject}: `}${message}`,
    })),
  };
};
