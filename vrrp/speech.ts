// What the routers say to the controller, held back until the packets of the turn have left.

import type { FromVrrp, VrrpEventBody } from './messages.ts';

export type Speech = {
  readonly say: (message: FromVrrp) => void;
  readonly emit: (event: VrrpEventBody) => void;
  /** Says all of it now. */
  readonly flush: () => void;
};

/** To encode and write an event costs more than an ARP frame. */
export const createSpeech = (tell: (message: FromVrrp) => void, wall: () => number): Speech => {
  let unsaid: FromVrrp[] = [];
  const flush = (): void => {
    const messages = unsaid;
    unsaid = [];
    for (const message of messages) tell(message);
  };
  const say = (message: FromVrrp): void => {
    if (unsaid.length === 0) setImmediate(flush);
    unsaid.push(message);
  };
  return { say, flush, emit: (event) => say({ type: 'event', event: { at: wall(), ...event } }) };
};
