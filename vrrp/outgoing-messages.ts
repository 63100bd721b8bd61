// Messages to the controller, queued until the packets of this turn of the event loop have left.

import type { VrrpEventBody } from './events.ts';
import type { FromVrrp } from './messages.ts';

export type OutgoingMessages = {
  readonly say: (message: FromVrrp) => void;
  readonly emit: (event: VrrpEventBody) => void;
  /** Queues a summary: once for all changes of the turn, after every other message. It is made when it is sent. */
  readonly summarize: (summary: () => readonly FromVrrp[]) => void;
  /** Sends the queue now. */
  readonly flush: () => void;
};

/** Messages wait because encoding and writing an event costs more than an ARP frame. */
export const createOutgoingMessages = (tell: (message: FromVrrp) => void, wall: () => number): OutgoingMessages => {
  let unsaid: FromVrrp[] = [];
  let summaryOf: (() => readonly FromVrrp[]) | undefined;
  const flush = (): void => {
    const messages = [...unsaid, ...(summaryOf?.() ?? [])];
    unsaid = [];
    summaryOf = undefined;
    for (const message of messages) tell(message);
  };
  const schedule = (): void => {
    if (unsaid.length === 0 && summaryOf === undefined) setImmediate(flush);
  };
  const say = (message: FromVrrp): void => {
    schedule();
    unsaid.push(message);
  };
  return {
    say,
    flush,
    emit: (event) => say({ type: 'event', event: { at: wall(), ...event } }),
    summarize: (summary) => {
      schedule();
      summaryOf = summary;
    },
  };
};
