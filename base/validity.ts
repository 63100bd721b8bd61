// How long a certificate is still valid, as text. Pure.

import type { Milliseconds } from './units.ts';

const day = 86_400_000;
const inDays = (span: number): string => {
  const days = Math.floor(span / day);
  return days === 1 ? '1 day' : `${days} days`;
};
const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Wall time, in milliseconds since the epoch. */
export type Validity = { readonly from: number; readonly to: number };

/**
 * Warns if a certificate is not valid yet or expires soon.
 * @param now milliseconds of wall time, as certificates are dated in it.
 * @param ahead how long before expiry the warnings begin; 0 for never.
 */
export const warnOfValidity = ({ from, to }: Validity, now: number, ahead: Milliseconds): string | undefined => {
  if (ahead === 0) return undefined;
  if (now < from) return `certificate is not valid before ${dateOf(from)}, in ${inDays(from - now)}`;
  const left = to - now;
  if (!(left <= ahead)) return undefined;
  return left < 0
    ? `certificate expired ${inDays(-left)} ago, on ${dateOf(to)}`
    : `certificate expires in ${inDays(left)}, on ${dateOf(to)}`;
};
