// The addresses of this host's interfaces: listed, and changed in one batch. An address with a lifetime expires by itself.

import { constants } from 'node:os';
import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import type { Change } from '../diff.ts';
import {
  decodeAttributes,
  encodeAttributes,
  isMalformed,
  type Message,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  pack,
  readU32,
} from '../netlink/codec.ts';
import type { Request, Result } from '../netlink/request.ts';
import { NETLINK_ROUTE, type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import { asRefusalOf, KernelError, kernelError } from '../system/error.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';
import { type BeforeSetting, setInterfaceSetting } from './interface-settings.ts';

export type AddressEntry = {
  readonly interface: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Whole seconds: remaining when listed, granted when applied. The kernel may expire it a second late. */
  readonly lifetime: number | 'forever';
  /** IPv4, where it is not global; for IPv6 the kernel derives it from the address. */
  readonly scope?: keyof typeof scopes;
  /** IPv4, where it differs from the interface's name. */
  readonly label?: string;
  /** IPv4. */
  readonly broadcast?: IpAddress;
  /** IPv4, where another address of its subnet is the primary; only when listed. */
  readonly secondary?: true;
  /** IPv6: whether it may be the source of this host's own traffic; listed only where it is not the default of its length. */
  readonly preferred?: boolean;
};

/** enum rt_scope_t. */
const scopes = { site: 200, link: 253, host: 254 } as const;

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

/*
 * struct ifaddrmsg (include/uapi/linux/if_addr.h)          struct ifa_cacheinfo, seconds; all ones is forever
 *   0        1               2       3       4       8       0           4       8         12        16
 *   | family | prefix length | flags | scope | index |       | preferred | valid | created | updated |
 */
const headerLength = 8;
const addressAttributes = {
  address: [1, 'bytes'],
  local: [2, 'bytes'],
  label: [3, 'string'],
  broadcast: [4, 'bytes'],
  cacheInfo: [6, 'bytes'],
  flags: [8, 'u32'],
} as const;

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const RT_SCOPE_UNIVERSE = 0;
// Duplicate address detection would delay a virtual address for a second; until just now it was another host's.
const IFA_F_NODAD = 0x02;
const IFA_F_SECONDARY = 0x01;
const forever = 0xffff_ffff;

/** The identity of an address: interface, address and prefix length. */
export const addressKey = (entry: Pick<AddressEntry, 'interface' | 'address' | 'prefixLength'>): string =>
  `${entry.interface} ${entry.address}/${entry.prefixLength}`;

/** A preferred /128 would be chosen as the source of this host's own traffic (RFC 6724, section 5, rule 8). */
const isPreferred = (prefixLength: number): boolean => prefixLength < 128;

const traitsOf = (
  interfaceName: string,
  scopeNumber: number,
  { label, broadcast }: { readonly label?: string | undefined; readonly broadcast?: Buffer | undefined },
): Pick<AddressEntry, 'scope' | 'label' | 'broadcast'> => {
  const scope = (Object.keys(scopes) as (keyof typeof scopes)[]).find((key) => scopes[key] === scopeNumber);
  return {
    ...(scope !== undefined && { scope }),
    ...(label !== undefined && label !== interfaceName && { label }),
    ...(broadcast?.length === 4 && { broadcast: formatAddress(broadcast) }),
  };
};

/** Decodes an RTM_NEWADDR or RTM_DELADDR message; undefined when it is malformed or its interface has no name. */
export const decodeAddress = (
  { payload }: Pick<Message, 'payload'>,
  nameOf: (index: number) => string | undefined,
): AddressEntry | undefined => {
  if (payload.length < headerLength) return undefined;
  const attributes = decodeAttributes(addressAttributes, payload.subarray(headerLength));
  const name = nameOf(readU32(payload, 4));
  if (isMalformed(attributes) || name === undefined) return undefined;
  // On a point-to-point link `address` is the peer's; IPv6 has no `local` elsewhere.
  const bytes = attributes.local ?? attributes.address;
  if (bytes === undefined || (bytes.length !== 4 && bytes.length !== 16)) return undefined;
  const { cacheInfo } = attributes;
  const [preferred, valid] =
    cacheInfo === undefined || cacheInfo.length < 8
      ? [forever, forever]
      : [readU32(cacheInfo, 0), readU32(cacheInfo, 4)];
  const prefixLength = payload.readUInt8(1);
  return {
    interface: name,
    address: formatAddress(bytes),
    prefixLength,
    lifetime: valid === forever ? 'forever' : valid,
    ...(bytes.length === 4
      ? {
          ...traitsOf(name, payload.readUInt8(3), attributes),
          ...((payload.readUInt8(2) & IFA_F_SECONDARY) !== 0 && { secondary: true }),
        }
      : preferred > 0 !== isPreferred(prefixLength) && { preferred: preferred > 0 }),
  };
};

/**
 * Whether two entries of one key agree in the fields that the kernel cannot change: other values need a removal and an addition.
 */
export const hasSameTraits = (one: AddressEntry, other: AddressEntry): boolean =>
  one.scope === other.scope && one.label === other.label && one.broadcast === other.broadcast;

/** Whether two entries of one key have the same preference. */
export const isPreferredAlike = (one: AddressEntry, other: AddressEntry): boolean =>
  (one.preferred ?? isPreferred(one.prefixLength)) === (other.preferred ?? isPreferred(other.prefixLength));

const encodeAddress = (index: number, entry: AddressEntry, bytes: Buffer): Buffer => {
  const isIpv6 = bytes.length === 16;
  const valid = entry.lifetime === 'forever' ? forever : Math.max(1, Math.floor(entry.lifetime));
  const preferred = isIpv6 && !(entry.preferred ?? isPreferred(entry.prefixLength)) ? 0 : valid;
  return Buffer.concat([
    pack(
      ['u8', isIpv6 ? AF_INET6 : AF_INET],
      ['u8', entry.prefixLength],
      ['u8', 0],
      ['u8', entry.scope === undefined ? RT_SCOPE_UNIVERSE : scopes[entry.scope]],
      ['u32', index],
    ),
    encodeAttributes(addressAttributes, {
      address: bytes,
      local: bytes,
      // Without a label the kernel uses the interface's name.
      label: isIpv6 ? undefined : entry.label,
      broadcast: entry.broadcast && bytesOf(entry.broadcast),
      cacheInfo: pack(['u32', preferred], ['u32', valid], ['u32', 0], ['u32', 0]),
      flags: isIpv6 ? IFA_F_NODAD : undefined,
    }),
  ]);
};

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
