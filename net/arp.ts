// Gratuitous ARP announces that an IPv4 address is now at this host's MAC; an ARP probe asks for other holders. Pure.

import { bytesOf, formatAddress, type IpAddress } from './ip-address.ts';
import { formatMac, parseMac } from './mac-address.ts';

export const broadcastMac = Buffer.alloc(6, 0xff);

/*
 * RFC 826, Ethernet and IPv4
 *   0               2               4        5        6         8            14          18           24          28
 *   | hardware 1    | protocol 0800 | size 6 | size 4 | operation | sender MAC | sender IP | target MAC | target IP |
 */
const request = Buffer.from('0001080006040001', 'hex');

const parse = (mac: string, address: IpAddress): { readonly sender: Buffer; readonly ip: Buffer } => {
  const sender = parseMac(mac);
  const ip = bytesOf(address);
  if (sender.length === 6 && ip.length === 4) return { sender, ip };
  throw new RangeError('ARP needs an Ethernet and an IPv4 address');
};

/**
 * Encodes a gratuitous ARP request, without its Ethernet header: sender and target IP are the address (RFC 5944, section 4.6;
 * RFC 5227, section 3). Receivers ignore the target MAC; it is the broadcast address, as keepalived's.
 */
export const encodeGratuitousArp = (mac: string, address: IpAddress): Buffer => {
  const { sender, ip } = parse(mac, address);
  return Buffer.concat([request, sender, ip, broadcastMac, ip]);
};

/** Encodes a probe (RFC 5227, section 2.1.1): its sender IP is zero, so that it changes no ARP table. */
export const encodeArpProbe = (mac: string, address: IpAddress): Buffer => {
  const { sender, ip } = parse(mac, address);
  return Buffer.concat([request, sender, Buffer.alloc(4), Buffer.alloc(6), ip]);
};

/** The sender's MAC and address in an ARP packet of any operation; undefined for other bytes. */
export const decodeArpClaim = (
  packet: Uint8Array,
): { readonly mac: string; readonly address: IpAddress } | undefined => {
  const isEthernetIpv4 = Buffer.compare(packet.subarray(0, 6), request.subarray(0, 6)) === 0;
  if (packet.length < 28 || !isEthernetIpv4) return undefined;
  return { mac: formatMac(packet.subarray(8, 14)), address: formatAddress(packet.subarray(14, 18)) };
};
