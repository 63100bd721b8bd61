// Listens to rtnetlink groups with possibly very many messages: reads a bounded number of them each turn.

import { KernelError } from '../system/error.ts';
import { closeDescriptor, setSocketOption } from '../system/libc.ts';
import { watchReadable } from '../system/readiness.ts';
import type { Message } from './codec.ts';
import { openNetlinkDescriptor, receiveMessages, SOL_NETLINK } from './descriptor.ts';
import { NETLINK_ROUTE } from './socket.ts';

const NETLINK_ADD_MEMBERSHIP = 1;
const datagramLimit = 64 * 1024;
const datagramsPerTurn = 256;

/** The messages of one datagram, valid until the next is read; `lost` when a full buffer dropped some. */
export type Heard = readonly Message[] | 'lost';

/**
 * @param groups of enum rtnetlink_groups
 * @param onTurn called once a turn; messages that it does not take are dropped.
 * @throws KernelError when the socket cannot be opened.
 */
export const watchGroups = (groups: readonly number[], onTurn: (heard: Iterable<Heard>) => void): { close(): void } => {
  const fd = openNetlinkDescriptor(NETLINK_ROUTE);
  const buffer = Buffer.alloc(datagramLimit);
  const take = (): Heard | undefined => {
    try {
      return receiveMessages(fd, buffer);
    } catch (error) {
      if (error instanceof KernelError) return 'lost';
      throw error;
    }
  };
  function* turn(): Generator<Heard> {
    for (let count = 0; count < datagramsPerTurn; count += 1) {
      const heard = take();
      if (heard === undefined) return;
      yield heard;
    }
  }
  try {
    for (const group of groups) setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    const watch = watchReadable(fd, () => {
      const rest = turn();
      onTurn(rest);
      for (const _ of rest);
    });
    return {
      close: () => {
        watch.close();
        closeDescriptor(fd);
      },
    };
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
};
