// What the routers say to the controller, held back until the packets of the turn have left.

import type { VrrpEventBody } from './events.ts';
import type { FromVrrp } from './messages.ts';

export type Speech = {
  readonly say: (message: FromVrrp) => void;
  readonly emit: (event: VrrpEventBody) => void;
  /** Has the summary said, once for all changes of the turn, after what else there is. */
  readonly summarize: () => void;
  /** Says all of it now. */
  readonly flush: () => void;
};

/**
 * To encode and write an event costs more than an ARP frame.
 * @param summary what has to be told of all routers when one has changed; it is made when it is said.
 */
export const createSpeech = (
  tell: (message: FromVrrp) => void,
  wall: () => number,
  summary: () => readonly FromVrrp[],
): Speech => {
  let unsaid: FromVrrp[] = [];
  let isSummaryDue = false;
  const flush = (): void => {
    const messages = [...unsaid, ...(isSummaryDue ? summary() : [])];
    unsaid = [];
    isSummaryDue = false;
    for (const message of messages) tell(message);
  };
  const schedule = (): void => {
    if (unsaid.length === 0 && !isSummaryDue) setImmediate(flush);
  };
  const say = (message: FromVrrp): void => {
    schedule();
    unsaid.push(message);
  };
  return {
    say,
    flush,
    emit: (event) => say({ type: 'event', event: { at: wall(), ...event } }),
    summarize: () => {
      schedule();
      isSummaryDue = true;
    },
  };
};
