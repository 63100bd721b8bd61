// Messages to the controller, queued until the packets of this turn of the event loop have left.

import type { VrrpEventBody } from './events.ts';
import type { FromVrrp } from './messages.ts';
import type { Ports } from './ports.ts';

export type OutgoingMessages = {
  readonly say: (message: FromVrrp) => void;
  readonly emit: (event: VrrpEventBody) => void;
  /** Queues a summary: once for all changes of the turn, after every other message. It is made when it is sent. */
  readonly summarize: (summary: () => readonly FromVrrp[]) => void;
  /** Sends the queue now. */
  readonly flush: () => void;
};

/** Messages wait because encoding and writing an event costs more than an ARP frame. */
export const createOutgoingMessages = (
  send: (message: FromVrrp) => void,
  ports: Pick<Ports, 'wall' | 'soon'>,
): OutgoingMessages => {
  let unsaid: FromVrrp[] = [];
  let summaryOf: (() => readonly FromVrrp[]) | undefined;
  const flush = (): void => {
    const messages = [...unsaid, ...(summaryOf?.() ?? [])];
    unsaid = [];
    summaryOf = undefined;
    for (const message of messages) send(message);
  };
  const schedule = (): void => {
    if (unsaid.length === 0 && summaryOf === undefined) ports.soon(flush);
  };
  const say = (message: FromVrrp): void => {
    schedule();
    unsaid.push(message);
  };
  return {
    say,
    flush,
    emit: (event) => say({ type: 'event', event: { at: ports.wall(), ...event } }),
    summarize: (summary) => {
      schedule();
      summaryOf = summary;
    },
  };
};
