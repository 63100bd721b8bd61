// Limits the rate of announcements by a token bucket and a queue per interface, so that neither many routers nor a
// storm of advertisements floods a network. Pure.

import { elapsed, type Instant, later, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';

/** The queue of one interface, urgent frames first. */
type Lane<Frame> = {
  readonly tokens: number;
  /** When the tokens were counted. */
  readonly at: Instant;
  readonly urgent: ReadonlyMap<string, Frame>;
  readonly other: ReadonlyMap<string, Frame>;
};

/** Lanes by interface index. */
export type Budget<Frame> = ReadonlyMap<number, Lane<Frame>>;

/** An announcement of an address on an interface, or a probe for it. */
export type Announced = { readonly interfaceIndex: number; readonly address: IpAddress; readonly probe?: object };

const keyOf = ({ address, probe }: Announced): string => (probe === undefined ? address : `${address}?`);

/** Two seconds of the rate may leave at once: a takeover of that many addresses is not delayed. */
const burstSeconds = 2;

const refill = <Frame>(lane: Lane<Frame> | undefined, rate: number, now: Instant): Lane<Frame> => {
  if (lane === undefined) return { tokens: rate * burstSeconds, at: now, urgent: new Map(), other: new Map() };
  const tokens = Math.min(rate * burstSeconds, lane.tokens + (elapsed(lane.at, now) * rate) / 1000);
  return { ...lane, tokens, at: now };
};

/**
 * Queues announcements, each address once per interface: a queued one keeps its place, or moves to the urgent ones.
 * @param urgent whether they go before all others, as in a takeover.
 */
export const queueFrames = <Frame extends Announced>(
  budget: Budget<Frame>,
  frames: readonly Frame[],
  urgent: boolean,
  rate: number,
  now: Instant,
): Budget<Frame> => {
  const lanes = new Map(budget);
  for (const index of new Set(frames.map(({ interfaceIndex }) => interfaceIndex))) {
    const added = frames.filter(({ interfaceIndex }) => interfaceIndex === index);
    const lane = refill(lanes.get(index), rate, now);
    const soon = new Map(lane.urgent);
    const late = new Map(lane.other);
    for (const frame of added) {
      const key = keyOf(frame);
      if (urgent) late.delete(key);
      if (urgent) soon.set(key, frame);
      else if (!soon.has(key)) late.set(key, frame);
    }
    lanes.set(index, { ...lane, urgent: soon, other: late });
  }
  return lanes;
};

/** Takes the frames that may leave now. */
export const takeFrames = <Frame>(
  budget: Budget<Frame>,
  rate: number,
  now: Instant,
): readonly [readonly Frame[], Budget<Frame>] => {
  const taken: Frame[] = [];
  const lanes = new Map<number, Lane<Frame>>();
  for (const [index, before] of budget) {
    const lane = refill(before, rate, now);
    const waiting = [...lane.urgent, ...lane.other];
    const count = Math.min(waiting.length, Math.floor(lane.tokens));
    taken.push(...waiting.slice(0, count).map(([, frame]) => frame));
    lanes.set(index, {
      ...lane,
      tokens: lane.tokens - count,
      urgent: new Map([...lane.urgent].slice(count)),
      other: new Map([...lane.other].slice(Math.max(0, count - lane.urgent.size))),
    });
  }
  return [taken, lanes];
};

/** Drops frames of addresses that this host no longer holds: late announcements would mislead neighbours. */
export const withdrawFrames = <Frame extends Announced>(
  budget: Budget<Frame>,
  addresses: ReadonlySet<string>,
): Budget<Frame> => {
  const without = (frames: ReadonlyMap<string, Frame>): ReadonlyMap<string, Frame> =>
    new Map([...frames].filter(([, { address }]) => !addresses.has(address)));
  return new Map(
    [...budget].map(([index, lane]) => [index, { ...lane, urgent: without(lane.urgent), other: without(lane.other) }]),
  );
};

/** How many frames are queued. */
export const waitingFrames = <Frame>(budget: Budget<Frame>): number =>
  [...budget.values()].reduce((sum, { urgent, other }) => sum + urgent.size + other.size, 0);

/** When {@link takeFrames} next gives a frame. */
export const nextRelease = <Frame>(budget: Budget<Frame>, rate: number): Instant | undefined => {
  const instants = [...budget.values()]
    .filter(({ urgent, other }) => urgent.size + other.size > 0)
    .map(({ tokens, at }) => later(at, milliseconds((Math.max(0, 1 - tokens) * 1000) / rate)));
  return instants.length === 0 ? undefined : (Math.min(...instants) as Instant);
};
