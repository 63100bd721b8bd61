// Tells that routes or neighbours of this network namespace have changed, without saying which: a table of routes may change
// faster than anybody could follow.

import { KernelError } from './error.ts';
import { closeDescriptor, setSocketOption } from './libc.ts';
import { openNetlinkDescriptor, receiveMessages, SOL_NETLINK } from './netlink-descriptor.ts';
import { NETLINK_ROUTE } from './netlink-socket.ts';
import { watchReadable } from './readiness.ts';

const groups = { neighbours: [3], routes: [7, 11] } as const;
const NETLINK_ADD_MEMBERSHIP = 1;
const datagramLimit = 64 * 1024;
const datagramsPerTurn = 256;

/** @throws KernelError when the socket cannot be opened. */
export const watchReach = (kinds: readonly (keyof typeof groups)[], onChange: () => void): { close(): void } => {
  const fd = openNetlinkDescriptor(NETLINK_ROUTE);
  const buffer = Buffer.alloc(datagramLimit);
  /** Whether one more datagram was taken; one that was lost to a full buffer is news, too. */
  const take = (): boolean => {
    try {
      return receiveMessages(fd, buffer) !== undefined;
    } catch (error) {
      if (error instanceof KernelError) return true;
      throw error;
    }
  };
  try {
    for (const group of kinds.flatMap((kind) => groups[kind])) {
      setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    }
    const watch = watchReadable(fd, () => {
      for (let count = 0; count < datagramsPerTurn && take(); count += 1);
      onChange();
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
