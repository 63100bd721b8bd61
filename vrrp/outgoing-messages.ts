// Messages to the controller, queued until the packets of this turn of the event loop have left.

import type { VrrpEventBody } from './events.ts';
import type { FromVrrp } from './messages.ts';

export type OutgoingMessages = {
  readonly say: (message: FromVrrp) => void;
  readonly emit: (event: VrrpEventBody) => void;
  /** Queues the summary: once for all changes of the turn, after every other message. */
  readonly summarize: () => void;
  /** Sends the queue now. */
  readonly flush: () => void;
};

/**
 * Messages wait because encoding and writing an event costs more than an ARP frame.
 * @param summary makes the messages about all routers after one has changed; called when they are sent
 */
export const createOutgoingMessages = (
  tell: (message: FromVrrp) => void,
  wall: () => number,
  summary: () => readonly FromVrrp[],
): OutgoingMessages => {
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
