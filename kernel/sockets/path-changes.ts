// Whether packets may leave this host another way than before: changes of its links, addresses, routes and rules, counted when asked.

import { openNetlinkDescriptor, receiveMessages, SOL_NETLINK } from '../netlink/descriptor.ts';
import { NETLINK_ROUTE } from '../netlink/socket.ts';
import { createRenewalFilter } from '../route/renewal-messages.ts';
import { KernelError } from '../system/error.ts';
import { closeDescriptor, setSocketOption } from '../system/libc.ts';

const NETLINK_ADD_MEMBERSHIP = 1;
// enum rtnetlink_groups: links, and of each family addresses, routes and rules.
const groups = [1, 5, 7, 8, 9, 11, 19];
const datagramLimit = 64 * 1024;
/** The rest is read at the next question. */
const datagramsAtOnce = 256;

export type PathChanges = {
  /** Another number than at the last question where something has changed since. */
  readonly count: () => number;
  readonly close: () => void;
};

/** @throws KernelError when the socket cannot be opened */
export const watchPaths = (): PathChanges => {
  const fd = openNetlinkDescriptor(NETLINK_ROUTE);
  const buffer = Buffer.alloc(datagramLimit);
  // A master renews its leases all the time.
  const isRenewal = createRenewalFilter();
  let changes = 0;

  /** @returns whether a datagram was waiting */
  const read = (): boolean => {
    try {
      const messages = receiveMessages(fd, buffer);
      for (const message of messages ?? []) if (!isRenewal(message)) changes += 1;
      return messages !== undefined;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      // Some messages were lost.
      isRenewal.forget();
      changes += 1;
      return true;
    }
  };
  try {
    for (const group of groups) setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  return {
    count: () => {
      for (let left = datagramsAtOnce; left > 0 && read(); left -= 1);
      return changes;
    },
    close: () => closeDescriptor(fd),
  };
};
