// The addresses of this host's interfaces: listed, and changed in one batch. An address with a lifetime expires by itself.

import { constants } from 'node:os';
import { bytesOf } from '../../net/ip-address.ts';
import type { Change } from '../diff.ts';
import { NLM_F_CREATE, NLM_F_REPLACE, pack } from '../netlink/codec.ts';
import type { Request, Result } from '../netlink/request.ts';
import { NETLINK_ROUTE, type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import { asRefusalOf, KernelError, kernelError } from '../system/error.ts';
import { type AddressEntry, decodeAddress, encodeAddress, hasSameTraits } from './address-entry.ts';
import { type BeforeSetting, setInterfaceSetting } from './interface-settings.ts';

/** A change and, where the kernel refused it, the error. */
export type ApplyResult = { readonly change: Change<AddressEntry>; readonly error: KernelError | undefined };

export type AddressTable = {
  /** All IPv4 and IPv6 addresses of this network namespace. @throws KernelError */
  list(): AddressEntry[];
  /**
   * Applies changes in one batch, in order. An update grants the whole lifetime again. Changes already in effect count as done:
   * an address that exists, or that is gone with or without its interface.
   */
  apply(changes: readonly Change<AddressEntry>[]): ApplyResult[];
  /**
   * Like {@link apply}, but in a thread of Node's pool. The kernel changes addresses under a lock that other programs' network
   * changes, in any namespace, may hold for a tenth of a second.
   * @param done called once, in a later turn or in `settle`.
   */
  applySoon(changes: readonly Change<AddressEntry>[], done: (results: ApplyResult[]) => void): void;
  /** Waits for changes begun by {@link applySoon}. */
  settle(): void;
  /** Prepares the interfaces as {@link apply} does and makes its requests, but sends none: keeps the code path warm. */
  prepare(changes: readonly Change<AddressEntry>[]): void;
  close(): void;
};

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

const describe = ({ type, entry }: Change<AddressEntry>): string => {
  const cidr = `${entry.address}/${entry.prefixLength}`;
  if (type === 'remove') return `remove ${cidr} from ${entry.interface}`;
  return type === 'add' ? `add ${cidr} to ${entry.interface}` : `renew ${cidr} on ${entry.interface}`;
};

/** The requests of one change; the last one's result is the change's. */
const requestsOfChange = (
  change: Change<AddressEntry>,
  indexOf: (name: string) => number | undefined,
): readonly Request[] | KernelError => {
  const operation = describe(change);
  const { entry, type } = change;
  const index = indexOf(entry.interface);
  if (index === undefined) return kernelError(operation, constants.errno.ENODEV);
  const bytes = bytesOf(entry.address);
  const payload = encodeAddress(index, entry, bytes);
  const removal: Request = { operation, type: RTM_DELADDR, payload };
  if (type === 'remove') return [removal];
  const addition: Request = { operation, type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, payload };
  if (type === 'add' || hasSameTraits(change.from, entry)) return [addition];
  return [{ ...removal, payload: encodeAddress(index, change.from, bytes) }, addition];
};

const harmless: { readonly [Type in Change<unknown>['type']]: readonly string[] } = {
  add: ['EEXIST'],
  update: ['EEXIST'],
  remove: ['EADDRNOTAVAIL', 'ENOENT', 'ENODEV'],
};

const memoize = <Key, Value>(look: (key: Key) => Value): ((key: Key) => Value) => {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? look(key);
    known.set(key, value);
    return value;
  };
};

/** Whether the kernel groups it with others of its subnet as primary and secondaries. */
const hasSubnet = ({ address, prefixLength }: AddressEntry): boolean => prefixLength < 32 && !address.includes(':');

/**
 * When a primary address is removed or expires, the kernel also deletes the interface's secondaries of its subnet, the host's own
 * among them, unless promote_secondaries is set. So that is set before any address is changed.
 * @returns the errors, by interface.
 */
const keepSecondaries = (
  netlink: NetlinkSocket,
  changes: readonly Change<AddressEntry>[],
  beforeSetting: BeforeSetting,
): ReadonlyMap<string, KernelError> => {
  const refused = new Map<string, KernelError>();
  const names = new Set(changes.flatMap(({ entry }) => (hasSubnet(entry) ? [entry.interface] : [])));
  for (const name of names) {
    try {
      setInterfaceSetting(netlink, name, 'promote_secondaries', 1, beforeSetting);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      // Without the interface there are no addresses to change.
      if (error.code !== 'ENODEV') refused.set(name, error);
    }
  }
  return refused;
};

/**
 * Opens the table of addresses of this thread's network namespace.
 * @param beforeSetting called before promote_secondaries of an interface is set; it must stay set while addresses stand.
 * @throws KernelError
 */
export const openAddressTable = (beforeSetting: BeforeSetting = () => undefined): AddressTable => {
  const netlink = openNetlink(NETLINK_ROUTE);

  const list = (): AddressEntry[] => {
    const nameOf = memoize(netlink.interfaceName);
    const payload = pack(['u8', 0], ['u8', 0], ['u8', 0], ['u8', 0], ['u32', 0]);
    return netlink.dump({ operation: 'list addresses', type: RTM_GETADDR, payload }).flatMap((message) => {
      // An interface that has vanished has neither a name nor addresses.
      const entry = decodeAddress(message, nameOf);
      return entry === undefined ? [] : [entry];
    });
  };

  const requestsOf = (changes: readonly Change<AddressEntry>[]): (readonly Request[] | KernelError)[] => {
    const indexOf = memoize(netlink.interfaceIndex);
    const refused = keepSecondaries(netlink, changes, beforeSetting);
    return changes.map((change) => {
      const refusal = hasSubnet(change.entry) ? refused.get(change.entry.interface) : undefined;
      return refusal === undefined
        ? requestsOfChange(change, indexOf)
        : asRefusalOf(`${describe(change)}, before which promote_secondaries must be set`, refusal);
    });
  };

  const resultsOf = (
    changes: readonly Change<AddressEntry>[],
    requests: readonly (readonly Request[] | KernelError)[],
    given: readonly Result[],
  ): ApplyResult[] => {
    const answers = given.values();
    return changes.map((change, index) => {
      const some = requests[index] ?? [];
      const answer = some instanceof Error ? undefined : some.map(() => answers.next().value).at(-1);
      const error = some instanceof Error ? some : answer?.ok === false ? answer.error : undefined;
      return { change, error: error !== undefined && harmless[change.type].includes(error.code) ? undefined : error };
    });
  };

  const sendable = (requests: readonly (readonly Request[] | KernelError)[]): Request[] =>
    requests.flatMap((some) => (some instanceof Error ? [] : some));

  const apply = (changes: readonly Change<AddressEntry>[]): ApplyResult[] => {
    const requests = requestsOf(changes);
    return resultsOf(changes, requests, netlink.request(sendable(requests)));
  };

  const applySoon = (changes: readonly Change<AddressEntry>[], done: (results: ApplyResult[]) => void): void => {
    const requests = requestsOf(changes);
    netlink.requestSoon(sendable(requests), (answers) => done(resultsOf(changes, requests, answers)));
  };

  return { list, prepare: requestsOf, apply, applySoon, settle: netlink.settle, close: netlink.close };
};
