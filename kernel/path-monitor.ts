// Tells that a route or rule of this network namespace was removed that may have been regent's; all else stays unsaid, since a
// table of routes may change faster than anybody could follow.

import { KernelError } from './error.ts';
import { closeDescriptor, setSocketOption } from './libc.ts';
import type { Message } from './netlink.ts';
import { openNetlinkDescriptor, receiveMessages, SOL_NETLINK } from './netlink-descriptor.ts';
import { NETLINK_ROUTE } from './netlink-socket.ts';
import { watchReadable } from './readiness.ts';
import { ownProtocol } from './virtual-routes.ts';

// enum rtnetlink_groups: IPv4 routes and rules, IPv6 routes and rules.
const groups = [7, 8, 11, 19];
const NETLINK_ADD_MEMBERSHIP = 1;
const RTM_DELROUTE = 25;
const RTM_DELRULE = 33;
const datagramLimit = 64 * 1024;
const datagramsPerTurn = 256;

const matters = ({ type, payload }: Message): boolean =>
  type === RTM_DELRULE || (type === RTM_DELROUTE && payload[5] === ownProtocol);

/** @throws KernelError when the socket cannot be opened. */
export const watchPaths = (onRemoved: () => void): { close(): void } => {
  const fd = openNetlinkDescriptor(NETLINK_ROUTE);
  const buffer = Buffer.alloc(datagramLimit);
  /** The next datagram; what was lost to a full buffer may have mattered. */
  const take = (): readonly Message[] | 'lost' | undefined => {
    try {
      return receiveMessages(fd, buffer);
    } catch (error) {
      if (error instanceof KernelError) return 'lost';
      throw error;
    }
  };
  try {
    for (const group of groups) setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    const watch = watchReadable(fd, () => {
      let isRemoved = false;
      for (let count = 0; count < datagramsPerTurn; count += 1) {
        const messages = take();
        if (messages === undefined) break;
        isRemoved ||= messages === 'lost' || messages.some(matters);
      }
      if (isRemoved) onRemoved();
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
