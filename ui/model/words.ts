// Times and amounts as the page writes them. Pure.

import type { RouterStatus } from './view.ts';

/** `0.24 ms`, `3.1 ms`, `48 ms`, `3.61 s`. */
export const describeSpan = (span: number): string => {
  if (span >= 1000) return `${(span / 1000).toFixed(2)} s`;
  return `${span < 1 ? span.toFixed(2) : span < 10 ? span.toFixed(1) : Math.round(span)} ms`;
};

/** `08:58:23`, of this browser's time zone. */
export const describeClock = (at: number | string): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** The same with the day. */
export const describeTime = (at: number | string): string =>
  `${new Date(at).toLocaleDateString('sv-SE')} ${describeClock(at)}`;

/** How the advertised priority follows from the configured one; empty where it is the same. */
export const describePriority = ({ priority, basePriority, priorityChanges }: RouterStatus): string =>
  priorityChanges.length === 0 && priority === basePriority
    ? ''
    : `${basePriority} configured; ${priorityChanges.map(({ item, by, reason }) => `${by < 0 ? '' : '+'}${by}: ${item} ${reason}`).join('; ')}`;

/** The mean lateness of the advertisements between two statuses; undefined where none was sent. */
export const latenessBetween = (
  before: readonly RouterStatus[],
  after: readonly RouterStatus[],
): number | undefined => {
  const total = (routers: readonly RouterStatus[]): [number, number] =>
    routers.reduce(
      ([sum, count], { advertisementLateness: { counts, sum: own } }) => [
        sum + own,
        count + counts.reduce((all, one) => all + one, 0),
      ],
      [0, 0],
    );
  const [[sum0, count0], [sum1, count1]] = [total(before), total(after)];
  return count1 > count0 && sum1 >= sum0 ? (sum1 - sum0) / (count1 - count0) : undefined;
};
