// The status again and again: every second, and soon after each record of the log. Empty lines say that it lives.

import { elapsed, monotonic } from '../../base/units.ts';

/** In milliseconds. */
const every = 1000;
/** An empty line is sent after this silence, in milliseconds. */
const beatEvery = 500;
/** Many records in a row do not send more statuses than this allows, in milliseconds. */
const atLeast = 100;
/** A status that takes long is sent less often: the pause is this many times as long. */
const restPerWork = 4;

export type StatusStreamSources = {
  /** One status as a line of JSON, in pieces. */
  readonly statusText: () => AsyncIterable<string>;
  /** Calls the listener with each record of the log. @returns a function that ends following. */
  readonly follow: (listener: () => void) => () => void;
  /** Whether empty lines are sent between statuses, so that a silence of two seconds says something. */
  readonly beats: boolean;
};

/** Resolves after `span` milliseconds, or once it is woken. */
const rest = (span: number, onWake: (wake: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, span);
    onWake(() => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Lines of JSON, each a status, until `signal` is aborted. */
export async function* followStatus(
  { statusText, follow, beats }: StatusStreamSources,
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
      const end = monotonic();
      const work = restPerWork * elapsed(begin, end);
      const [shortest, longest] = [Math.max(atLeast, work), Math.max(every, work)];
      for (;;) {
        const left = (isNews ? shortest : longest) - elapsed(end, monotonic());
        if (left <= 0 || signal.aborted) break;
        await rest(Math.min(left, beatEvery), (resolve) => {
          wake = isNews && !signal.aborted ? () => undefined : resolve;
        });
        if (beats) yield '\n';
      }
    }
  } finally {
    unfollow();
    signal.removeEventListener('abort', hear);
  }
}
