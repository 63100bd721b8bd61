// Gratuitous ARP: tells the neighbours that an IPv4 address is now at this host's MAC, in microseconds.

import { constants } from 'node:os';
import type { AddressEntry } from './addresses.ts';
import { asRefusalOf, KernelError, kernelError } from './error.ts';
import { parseAddress, sharesPrefix } from './ip-address.ts';
import { AF_PACKET, closeDescriptor, openSocket, SOCK_DGRAM, sendTo } from './libc.ts';
import { pack } from './netlink.ts';

/** One address to announce on one interface. */
export type Announcement = {
  readonly interfaceIndex: number;
  /** The interface's own, as `52:54:00:12:34:56`. */
  readonly mac: string;
  /** An IPv4 address. */
  readonly address: string;
};

export type Announcer = {
  /** Sends one broadcast frame for each announcement, at once. @returns the failures; the others have been sent. */
  announce(list: readonly Announcement[]): KernelError[];
  close(): void;
};

const broadcastMac = Buffer.alloc(6, 0xff);
const ETH_P_ARP = 0x0806;

const parseMac = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');

/*
 * RFC 826, Ethernet and IPv4
 *   0               2               4        5        6         8            14          18           24          28
 *   | hardware 1    | protocol 0800 | size 6 | size 4 | operation | sender MAC | sender IP | target MAC | target IP |
 */
/**
 * Encodes a gratuitous ARP request, without its Ethernet header: sender and target IP are the address (RFC 5944, section 4.6;
 * RFC 5227, section 3). The target MAC, which nobody reads, is the broadcast address as in keepalived's.
 */
export const encodeGratuitousArp = (mac: string, address: string): Buffer => {
  const sender = parseMac(mac);
  const ip = parseAddress(address);
  if (sender.length !== 6 || ip?.length !== 4)
    throw kernelError(
      `announce ${address} from ${mac}`,
      constants.errno.EINVAL,
      'ARP needs an Ethernet and an IPv4 address',
    );
  return Buffer.concat([Buffer.from('0001080006040001', 'hex'), sender, ip, broadcastMac, ip]);
};

/** struct sockaddr_ll (packet(7)): family, protocol (big-endian), interface, hardware type, packet type, size, address. */
const linkAddress = (interfaceIndex: number): Buffer =>
  Buffer.concat([
    pack(['u16', AF_PACKET]),
    Buffer.from([ETH_P_ARP >> 8, ETH_P_ARP & 0xff]),
    pack(['u32', interfaceIndex], ['u16', 0], ['u8', 0], ['u8', broadcastMac.length]),
    broadcastMac,
    Buffer.alloc(2),
  ]);

/** Opens the socket that announces. @throws KernelError EPERM without CAP_NET_RAW. */
export const openAnnouncer = (): Announcer => {
  // Protocol 0: this socket only sends. The kernel writes the Ethernet header.
  const fd = openSocket(AF_PACKET, SOCK_DGRAM, 0);
  const announceOne = ({ interfaceIndex, mac, address }: Announcement): KernelError[] => {
    try {
      sendTo(fd, encodeGratuitousArp(mac, address), linkAddress(interfaceIndex));
      return [];
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return [asRefusalOf(`announce ${address} on interface ${interfaceIndex}`, error)];
    }
  };
  return { announce: (list) => list.flatMap(announceOne), close: () => closeDescriptor(fd) };
};

/**
 * Where an address must be announced: on its own interface, and on every other whose connected subnet holds it,
 * since hosts there may have resolved it too. Loopback is never one of them.
 */
export const interfacesToAnnounceOn = (
  address: string,
  ownInterface: string,
  entries: readonly Pick<AddressEntry, 'interface' | 'address' | 'prefixLength'>[],
): string[] => {
  const bytes = parseAddress(address);
  const connected = entries.filter((entry) => {
    const other = parseAddress(entry.address);
    if (bytes === undefined || other === undefined || entry.interface === 'lo') return false;
    // A host address (/32, /128) connects to no subnet.
    return entry.prefixLength < other.length * 8 && sharesPrefix(bytes, other, entry.prefixLength);
  });
  return [...new Set([ownInterface, ...connected.map((entry) => entry.interface)])];
};
