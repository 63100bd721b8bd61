// The status again and again: every second, and soon after each record of the log.

import { elapsed, monotonic } from '../../base/units.ts';

/** In milliseconds. */
const every = 1000;
/** Many records in a row do not send more statuses than this allows, in milliseconds. */
const atLeast = 100;
/** A status that takes long is sent less often: the pause is this many times as long. */
const restPerWork = 4;

export type StatusStreamSources = {
  /** One status as a line of JSON, in pieces. */
  readonly statusText: () => AsyncIterable<string>;
  /** Calls the listener with each record of the log. @returns a function that ends following. */
  readonly follow: (listener: () => void) => () => void;
};

/** Resolves after `longest` milliseconds, or once `isWoken` from `shortest` on. */
const pause = (shortest: number, longest: number, onWake: (wake: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const begin = monotonic();
    const timer = setTimeout(resolve, longest);
    onWake(() => {
      clearTimeout(timer);
      setTimeout(resolve, Math.max(0, shortest - elapsed(begin, monotonic())));
    });
  });

/** Lines of JSON, each a status, until `signal` is aborted. */
export async function* followStatus(
  { statusText, follow }: StatusStreamSources,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let isNews = false;
  let wake = (): void => undefined;
  const hear = (): void => {
    isNews = true;
    wake();
  };
  const unfollow = follow(hear);
  signal.addEventListener('abort', hear);
  try {
    while (!signal.aborted) {
      isNews = false;
      const begin = monotonic();
      yield* statusText();
      const rest = restPerWork * elapsed(begin, monotonic());
      await pause(Math.max(atLeast, rest), Math.max(every, rest), (resolve) => {
        wake = resolve;
        if (isNews) wake();
      });
    }
  } finally {
    unfollow();
    signal.removeEventListener('abort', hear);
  }
}
