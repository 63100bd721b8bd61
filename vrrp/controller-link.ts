// The vrrp process's end towards its controller: messages are sent while one is connected, else kept for the next one.

import type { Channel } from '../channel/channel.ts';
import type { VrrpEventBody } from './events.ts';
import type { FromVrrp } from './messages.ts';

/** Events kept for the next controller while there is none. */
const backlogLimit = 1000;

export type ControllerLink = {
  readonly send: (message: FromVrrp) => void;
  readonly emit: (event: VrrpEventBody) => void;
  /** Sends what was kept. */
  readonly catchUp: () => void;
  readonly use: (channel: Channel<FromVrrp>) => void;
  /** Calls `done` once everything said has left this process, after a second at most. */
  readonly close: (done: () => void) => void;
};

/** A status is not kept: the next one replaces it. */
export const isDroppable = ({ type }: FromVrrp): boolean => type === 'status' || type === 'bfd' || type === 'anycast';

export const createControllerLink = (wall: () => number): ControllerLink => {
  let channel: Channel<FromVrrp> | undefined;
  let backlog: FromVrrp[] = [];
  const send = (message: FromVrrp): void => {
    if (channel?.isConnected() === true) channel.send(message);
    else if (!isDroppable(message)) backlog = [...backlog.slice(1 - backlogLimit), message];
  };
  return {
    send,
    emit: (event) => send({ type: 'event', event: { at: wall(), ...event } }),
    catchUp: () => {
      for (const message of backlog.splice(0)) channel?.send(message);
    },
    use: (wanted) => {
      channel = wanted;
    },
    close: (done) => {
      if (channel === undefined) done();
      else channel.close(done);
    },
  };
};
