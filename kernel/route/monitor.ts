// Watches all changes to the interfaces and addresses of this network namespace.

import type { Message } from '../netlink/codec.ts';
import { openNetlinkDescriptor, receiveMessages, SOL_NETLINK } from '../netlink/descriptor.ts';
import { NETLINK_ROUTE, openNetlink } from '../netlink/socket.ts';
import { KernelError } from '../system/error.ts';
import { closeDescriptor, setReceiveBuffer, setSocketOption } from '../system/libc.ts';
import { watchReadable } from '../system/readiness.ts';
import { type AddressEntry, decodeAddress } from './address-entry.ts';
import { RTM_DELADDR, RTM_NEWADDR } from './addresses.ts';
import { RTM_DELLINK, RTM_NEWLINK } from './link-requests.ts';
import { decodeLink, type Link, listLinks } from './links.ts';
import { createRenewalFilter } from './renewal-messages.ts';

export type NetworkChange =
  /** The interface is new or has changed. */
  | { readonly type: 'link'; readonly link: Link }
  | { readonly type: 'link-removed'; readonly link: Link }
  /** Also sent when a lifetime changes, but not when the same one is granted again. */
  | { readonly type: 'address-added'; readonly entry: AddressEntry }
  | { readonly type: 'address-removed'; readonly entry: AddressEntry }
  /** Changes were lost: list links and addresses again. */
  | { readonly type: 'overrun' };

export type MonitorOptions = {
  /** In bytes; a full buffer causes an overrun. */
  readonly receiveBuffer?: number;
};

const AF_UNSPEC = 0;
// enum rtnetlink_groups
const RTNLGRP_LINK = 1;
const RTNLGRP_IPV4_IFADDR = 5;
const RTNLGRP_IPV6_IFADDR = 9;
const NETLINK_ADD_MEMBERSHIP = 1;

// Read in one turn of the loop; the watch reports the rest again.
const datagramsPerTurn = 1024;
// A limit for a network that changes faster than this process reads.
const datagramsPerRecovery = 65_536;
const datagramLimit = 64 * 1024;

export type NetworkWatch = {
  /** Reports queued changes now instead of in a later turn. */
  drain(): void;
  close(): void;
};

/**
 * Watches links and addresses, this process's own changes included.
 * @throws KernelError when the socket cannot be opened; later faults are reported as `overrun`.
 */
export const watchNetwork = (
  listener: (change: NetworkChange) => void,
  { receiveBuffer = 8 * 1024 * 1024 }: MonitorOptions = {},
): NetworkWatch => {
  // One socket listens, another lists; both belong to the current namespace.
  const netlink = openNetlink(NETLINK_ROUTE);
  const fd = openNetlinkDescriptor(NETLINK_ROUTE);
  const buffer = Buffer.alloc(datagramLimit);
  // Removed addresses of a removed interface arrive when its index no longer has a name.
  const names = new Map<number, string>();
  let isOpen = true;
  const isRenewal = createRenewalFilter();

  const learnNames = (): void => {
    for (const link of listLinks(netlink)) names.set(link.index, link.name);
  };
  const relearnNames = (): void => {
    try {
      learnNames();
    } catch (error) {
      // The old names stay until the next change of a link.
      if (!(error instanceof KernelError)) throw error;
    }
  };

  const changeOf = (message: Message): NetworkChange | undefined => {
    const { type } = message;
    // A master renews its leases all the time: what changes nothing is not even decoded.
    if (isRenewal(message)) return undefined;
    if (type === RTM_NEWLINK || type === RTM_DELLINK) {
      // A port that leaves a bridge is a deleted link of the family AF_BRIDGE; the interface itself has AF_UNSPEC.
      const link = message.payload[0] === AF_UNSPEC ? decodeLink(message) : undefined;
      if (link === undefined) return undefined;
      if (type === RTM_NEWLINK) names.set(link.index, link.name);
      else names.delete(link.index);
      return { type: type === RTM_NEWLINK ? 'link' : 'link-removed', link };
    }
    if (type !== RTM_NEWADDR && type !== RTM_DELADDR) return undefined;
    const entry = decodeAddress(message, (index) => names.get(index));
    if (entry === undefined) return undefined;
    return { type: type === RTM_NEWADDR ? 'address-added' : 'address-removed', entry };
  };

  const receiveOrFail = (): Message[] | KernelError | undefined => {
    try {
      return receiveMessages(fd, buffer);
    } catch (error) {
      if (error instanceof KernelError) return error;
      throw error;
    }
  };

  /** Discards messages older than the loss, so that they cannot follow the listener's next listing. */
  const recover = (): NetworkChange[] => {
    isRenewal.forget();
    for (let count = 0; count < datagramsPerRecovery && receiveOrFail() !== undefined; count += 1);
    relearnNames();
    return [{ type: 'overrun' }];
  };

  /** One datagram's changes; undefined when none is waiting. */
  const next = (): NetworkChange[] | undefined => {
    const messages = receiveOrFail();
    return messages instanceof KernelError ? recover() : messages?.flatMap((message) => changeOf(message) ?? []);
  };

  const read = (limit: number): void => {
    for (let count = 0; count < limit && isOpen; count += 1) {
      const changes = next();
      if (changes === undefined) return;
      for (const change of changes) if (isOpen) listener(change);
    }
  };

  try {
    setReceiveBuffer(fd, receiveBuffer);
    for (const group of [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR])
      setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    learnNames();
    const watch = watchReadable(fd, () => read(datagramsPerTurn));
    return {
      drain: () => read(datagramsPerRecovery),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        watch.close();
        closeDescriptor(fd);
        netlink.close();
      },
    };
  } catch (error) {
    closeDescriptor(fd);
    netlink.close();
    throw error;
  }
};
