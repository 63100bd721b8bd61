// The links and addresses of this network namespace, read once and then updated from the kernel's messages. They are not listed
// again: the kernel lists links under a lock that others may hold for long, longer than an advertisement may wait.

import { unreachable } from '../../base/unreachable.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { type AddressEntry, addressKey } from './address-entry.ts';
import type { AddressTable, ApplyResult } from './addresses.ts';
import { type Link, listLinks } from './links.ts';
import { type MonitorOptions, type NetworkChange, watchNetwork } from './monitor.ts';

export type NetworkMirror = {
  /** The kernel's current links. */
  readonly links: () => Link[];
  /** The kernel's current addresses; the lifetimes are those of their last change. The same array until they change. */
  readonly addresses: () => AddressEntry[];
  /** Adds changes that the kernel has acknowledged: it reports a new IPv6 address some milliseconds later. */
  readonly acknowledged: (results: readonly ApplyResult[]) => void;
  readonly close: () => void;
};

type Sources = { readonly netlink: NetlinkSocket; readonly table: Pick<AddressTable, 'list'> };

/**
 * @param onChange called for each change; `before` is the previous entry of an added address, where it was known.
 * @throws KernelError when the kernel cannot be watched; `links` and `addresses` throw one when they must be listed again after
 * lost messages, and cannot be.
 */
export const mirrorNetwork = (
  { netlink, table }: Sources,
  onChange: (change: NetworkChange, before: AddressEntry | undefined) => void,
  options: MonitorOptions = {},
): NetworkMirror => {
  const links = new Map<number, Link>();
  let addresses = new Map<string, AddressEntry>();
  /** Their list, until the next change. */
  let listed: AddressEntry[] | undefined;
  let isStale = true;

  const read = (): void => {
    listed = undefined;
    links.clear();
    for (const link of listLinks(netlink)) links.set(link.index, link);
    // Known addresses keep their place: a router chooses its source address by this order.
    const found = new Map(table.list().map((entry) => [addressKey(entry), entry]));
    const kept = [...addresses.keys()].flatMap((key) => {
      const entry = found.get(key);
      return entry === undefined ? [] : [[key, entry] as const];
    });
    addresses = new Map([...kept, ...found]);
    isStale = false;
  };

  const take = (change: NetworkChange): void => {
    // An interface that is made again has another index under its name.
    listed = undefined;
    switch (change.type) {
      case 'link': {
        const { link } = change;
        const before = links.get(link.index);
        links.set(link.index, link);
        // Its addresses are keyed by its name.
        isStale ||= before !== undefined && before.name !== link.name;
        return;
      }
      case 'link-removed':
        // The kernel has already reported the removal of its addresses.
        links.delete(change.link.index);
        return;
      case 'address-added':
        addresses.set(addressKey(change.entry), change.entry);
        return;
      case 'address-removed':
        addresses.delete(addressKey(change.entry));
        return;
      case 'overrun':
        isStale = true;
        return;
      default:
        unreachable(change);
    }
  };

  const monitor = watchNetwork((change) => {
    const before = change.type === 'address-added' ? addresses.get(addressKey(change.entry)) : undefined;
    take(change);
    onChange(change, before);
  }, options);

  const catchUp = (): void => {
    monitor.drain();
    if (isStale) read();
  };

  return {
    links: () => {
      catchUp();
      return [...links.values()];
    },
    addresses: () => {
      catchUp();
      listed ??= [...addresses.values()];
      return listed;
    },
    acknowledged: (results) => {
      for (const { change, error } of results) {
        const key = addressKey(change.entry);
        if (error !== undefined || change.type === 'update') continue;
        if (change.type === 'remove') addresses.delete(key);
        else if (!addresses.has(key)) addresses.set(key, change.entry);
        listed = undefined;
      }
    },
    close: monitor.close,
  };
};
