// A bucket of tokens: so many at once, and one more in each period. For reports whose number another host chooses. Pure.

import { elapsed, type Instant, type Milliseconds } from './units.ts';

export type Bucket = { readonly left: number; readonly at: Instant };

export type Rate = { readonly burst: number; readonly refillEvery: Milliseconds };

/** @returns the bucket afterwards, and whether there was a token. */
export const takeToken = (
  before: Bucket | undefined,
  { burst, refillEvery }: Rate,
  now: Instant,
): readonly [Bucket, boolean] => {
  const left = before === undefined ? burst : Math.min(burst, before.left + elapsed(before.at, now) / refillEvery);
  return left < 1 ? [{ left, at: now }, false] : [{ left: left - 1, at: now }, true];
};
