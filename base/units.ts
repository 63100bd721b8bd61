// Units are branded types: a number becomes milliseconds here, once. Only codecs use wire units (centiseconds, seconds).

declare const unit: unique symbol;

/** A duration in milliseconds; fractions are kept, since skew times at 10 ms intervals need them. */
export type Milliseconds = number & { readonly [unit]: 'ms' };

/** A reading of a monotonic clock in milliseconds; only differences mean anything. */
export type Instant = number & { readonly [unit]: 'instant' };

/** Reads the monotonic clock. Every deadline is an {@link Instant} of this clock; wall time appears in logs only. */
export type Clock = () => Instant;

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;

export const later = (instant: Instant, by: Milliseconds): Instant => (instant + by) as Instant;

export const elapsed = (from: Instant, to: Instant): Milliseconds => (to - from) as Milliseconds;

/** What Node's own reading lacks to the clock that all processes of a host share. */
const origin = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The host's monotonic clock, in milliseconds with microsecond fractions. */
export const monotonic: Clock = () => (origin + performance.now()) as Instant;

const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Parses a duration of the configuration: `500ms`, `1.1s`, `10m`, `2h`.
 * @returns undefined if the text is no duration; a bare number has no unit and is refused.
 */
export const parseDuration = (text: string): Milliseconds | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const factor = factors[match?.[2] ?? ''];
  // Rounded to the microsecond, because 1.1 x 1000 is 1100.0000000000002.
  return factor === undefined ? undefined : milliseconds(Math.round(Number(match?.[1]) * factor * 1000) / 1000);
};

/** Formats a duration for people: `640 ms`, `3.609 s`. */
export const formatDuration = (span: Milliseconds): string =>
  span < 1000 ? `${Number(span.toFixed(span < 10 ? 1 : 0))} ms` : `${Number((span / 1000).toFixed(3))} s`;
