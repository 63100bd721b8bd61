// Announces addresses to the neighbours, in microseconds: gratuitous ARP for IPv4, neighbour advertisements for IPv6. It also
// probes for other holders: by an ARP probe or a neighbour solicitation.

import { constants } from 'node:os';
import { broadcastMac, encodeArpProbe, encodeGratuitousArp } from '../../net/arp.ts';
import { contains, isHost } from '../../net/cidr.ts';
import { type IpAddress, isLinkLocal } from '../../net/ip-address.ts';
import { allNodesMac, encodeNeighbourAdvertisement } from '../../net/neighbour-advertisement.ts';
import { encodeNeighbourSolicitation } from '../../net/neighbour-solicitation.ts';
import { pack } from '../netlink/codec.ts';
import type { AddressEntry } from '../route/address-entry.ts';
import { asRefusalOf, KernelError, kernelError } from '../system/error.ts';
import { AF_PACKET, closeDescriptor, interfaceNameAt, openSocket, SOCK_DGRAM, sendTo } from '../system/libc.ts';
import { readSysctl } from '../system/sysctl.ts';

/** One address to announce, or to probe for, on one interface. */
export type Announcement = {
  readonly interfaceIndex: number;
  /** The interface's own MAC, such as `52:54:00:12:34:56`. */
  readonly mac: string;
  readonly address: IpAddress;
  /** Asks for other holders without announcing the address; over IPv6 from this host's link-local address. */
  readonly probe?: { readonly source?: IpAddress };
};

export type Announcer = {
  /** Sends one frame to all neighbours for each announcement, at once. @returns the failures; the others have been sent. */
  announce(list: readonly Announcement[]): KernelError[];
  /** Makes the frames of {@link announce} without sending: keeps the code path warm for a takeover. */
  prepare(list: readonly Announcement[]): void;
  close(): void;
};

const ETH_P_ARP = 0x0806;
const ETH_P_IPV6 = 0x86dd;

/** struct sockaddr_ll (packet(7)): family, protocol (big-endian), interface, hardware type, packet type, size, address. */
const linkAddress = (protocol: number, interfaceIndex: number, mac: Buffer): Buffer =>
  Buffer.concat([
    pack(['u16', AF_PACKET]),
    Buffer.from([protocol >> 8, protocol & 0xff]),
    pack(['u32', interfaceIndex], ['u16', 0], ['u8', 0], ['u8', mac.length]),
    mac,
    Buffer.alloc(2),
  ]);

const mostRemembered = 1000;

/** Whether this host forwards IPv6 from the interface; undefined where that cannot be read, as without descriptors. */
const forwards = (fd: number, interfaceIndex: number): boolean | undefined => {
  try {
    const name = interfaceNameAt(fd, interfaceIndex);
    return name !== undefined && readSysctl(`net/ipv6/conf/${name}/forwarding`) === '1';
  } catch {
    return undefined;
  }
};

type Frame = { readonly protocol: number; readonly destination: Buffer; readonly packet: Buffer };

const encode = (
  { interfaceIndex, mac, address, probe }: Announcement,
  isRouter: (interfaceIndex: number) => boolean,
): Frame => {
  if (!address.includes(':')) {
    const packet = probe ? encodeArpProbe(mac, address) : encodeGratuitousArp(mac, address);
    return { protocol: ETH_P_ARP, destination: broadcastMac, packet };
  }
  if (probe) return { protocol: ETH_P_IPV6, ...encodeNeighbourSolicitation(mac, probe.source, address) };
  const packet = encodeNeighbourAdvertisement(mac, address, isRouter(interfaceIndex));
  return { protocol: ETH_P_IPV6, destination: allNodesMac, packet };
};

/** Opens the sending socket. @throws KernelError EPERM without CAP_NET_RAW. */
export const openAnnouncer = (): Announcer => {
  // Protocol 0: this socket only sends. The kernel writes the Ethernet header.
  const fd = openSocket(AF_PACKET, SOCK_DGRAM, 0);
  /** What was read last, by interface; indices are not used again, so it is emptied now and then. */
  const last = new Map<number, boolean>();
  /** Read again for each list, because it may change. */
  const forwardingOnce = () => {
    const routers = new Map<number, boolean>();
    return (index: number): boolean => {
      const known = routers.get(index) ?? forwards(fd, index) ?? last.get(index) ?? false;
      routers.set(index, known);
      if (last.size > mostRemembered) last.clear();
      last.set(index, known);
      return known;
    };
  };
  const announce = (list: readonly Announcement[]): KernelError[] => {
    const isRouter = forwardingOnce();
    return list.flatMap((announcement) => {
      const { interfaceIndex, address, probe } = announcement;
      try {
        const { protocol, destination, packet } = encode(announcement, isRouter);
        sendTo(fd, packet, linkAddress(protocol, interfaceIndex, destination));
        return [];
      } catch (error) {
        const operation = `${probe ? 'ask for' : 'announce'} ${address} on interface ${interfaceIndex}`;
        // The codecs reject invalid addresses.
        if (error instanceof RangeError) return [kernelError(operation, constants.errno.EINVAL, error.message)];
        if (!(error instanceof KernelError)) throw error;
        return [asRefusalOf(operation, error)];
      }
    });
  };
  const prepare = (list: readonly Announcement[]): void => {
    const isRouter = forwardingOnce();
    for (const announcement of list) {
      const { protocol, destination } = encode(announcement, isRouter);
      linkAddress(protocol, announcement.interfaceIndex, destination);
    }
  };
  return { announce, prepare, close: () => closeDescriptor(fd) };
};

/**
 * The interfaces on which an address must be announced: its own, and every other one whose connected subnet contains it, because
 * hosts there may have resolved it too. Loopback is excluded, and a link-local address belongs to one link.
 */
export const interfacesToAnnounceOn = (
  address: IpAddress,
  ownInterface: string,
  entries: readonly Pick<AddressEntry, 'interface' | 'address' | 'prefixLength'>[],
): string[] => {
  if (isLinkLocal(address)) return [ownInterface];
  const connected = entries.filter(
    // A host address (/32, /128) has no connected subnet.
    (entry) => entry.interface !== 'lo' && !isHost(entry) && contains(entry, address),
  );
  return [...new Set([ownInterface, ...connected.map((entry) => entry.interface)])];
};
