// The sending half of either end of a channel: encodes messages, writes them to the current link, counts dropped ones.

import type { Settings } from './channel.ts';
import type { Link } from './link.ts';

export type Outbox<Out> = {
  readonly send: (message: Out) => boolean;
  readonly dropped: () => number;
};

/** @param link gives the current connection; undefined while there is none. */
export const createOutbox = <Out>(
  link: () => Link | undefined,
  settings: Pick<Settings<Out>, 'frameLimit' | 'isDroppable'>,
): Outbox<Out> => {
  let dropped = 0;
  return {
    send: (message) => {
      const current = link();
      const frame = current === undefined ? undefined : Buffer.from(`${JSON.stringify(message)}\n`);
      if (current === undefined || frame === undefined || frame.length - 1 > settings.frameLimit) {
        dropped += 1;
        return false;
      }
      const result = current.write(frame, settings.isDroppable(message));
      dropped += result.dropped;
      return result.accepted;
    },
    dropped: () => dropped,
  };
};
