// An address of an interface, and its message in netlink. Pure.

import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { decodeAttributes, encodeAttributes, isMalformed, type Message, pack, readU32 } from '../netlink/codec.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';

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

export const encodeAddress = (index: number, entry: AddressEntry, bytes: Buffer): Buffer => {
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
