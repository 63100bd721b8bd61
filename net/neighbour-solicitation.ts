// Neighbour solicitations ask on a link for the MAC of an IPv6 address; neighbour advertisements answer. Pure.

import { bytesOf, familyOf, formatAddress, type IpAddress } from './ip-address.ts';
import type { IpHeader } from './ipv4-packet.ts';
import { encodeIpv6Header, ipv6Checksum } from './ipv6-packet.ts';
import { formatMac, parseMac } from './mac-address.ts';

const IPPROTO_ICMPV6 = 58;
const neighbourSolicitation = 135;
const neighbourAdvertisement = 136;
const sourceLinkLayerAddress = 1;
const targetLinkLayerAddress = 2;

/** The solicited-node group of an address (RFC 4291, section 2.7.1), and its Ethernet address (RFC 2464, section 7). */
const groupOf = (target: Buffer): { readonly address: IpAddress; readonly mac: Buffer } => {
  const tail = target.subarray(13);
  return {
    address: formatAddress(Buffer.concat([Buffer.from('ff0200000000000000000001ff', 'hex'), tail])),
    mac: Buffer.concat([Buffer.from('3333ff', 'hex'), tail]),
  };
};

/*
 * RFC 4861, section 4.3, and its option of section 4.6.1
 *   0      1        2          4       8        24     25                      26            32
 *   | 135  | code 0 | checksum | zeros | target | type 1 | length 1 (8 bytes)  | sender's MAC |
 */
/**
 * Encodes a solicitation without its Ethernet header, and gives the Ethernet address to send it to.
 * @param source this host's own address on the link: with the unspecified one, answers would go to all nodes and mislead them.
 */
export const encodeNeighbourSolicitation = (
  mac: string,
  source: IpAddress | undefined,
  address: IpAddress,
): { readonly packet: Buffer; readonly destination: Buffer } => {
  const sender = parseMac(mac);
  const target = bytesOf(address);
  if (sender.length !== 6 || target.length !== 16 || source === undefined || familyOf(source) !== 'ipv6')
    throw new RangeError('a neighbour solicitation needs an Ethernet address and two of IPv6');
  const group = groupOf(target);
  const payload = Buffer.concat([
    Buffer.from([neighbourSolicitation, 0, 0, 0, 0, 0, 0, 0]),
    target,
    Buffer.from([sourceLinkLayerAddress, 1]),
    sender,
  ]);
  const header: IpHeader = {
    source,
    destination: group.address,
    ttl: 255,
    protocol: IPPROTO_ICMPV6,
    trafficClass: 0xc0,
  };
  payload.writeUInt16BE(ipv6Checksum(header, payload), 2);
  return { packet: Buffer.concat([encodeIpv6Header(header, payload.length), payload]), destination: group.mac };
};

/**
 * The MAC and address that a neighbour advertisement claims; undefined for other packets.
 * @param sender the frame's source MAC, used if the packet names none (RFC 4861, section 4.4).
 */
export const decodeNeighbourClaim = (
  packet: Uint8Array,
  sender: string,
): { readonly mac: string; readonly address: IpAddress } | undefined => {
  const message = packet.subarray(40);
  if (packet[6] !== IPPROTO_ICMPV6 || message[0] !== neighbourAdvertisement || message.length < 24) return undefined;
  const address = formatAddress(message.subarray(8, 24));
  for (let at = 24; at + 8 <= message.length; ) {
    const length = (message[at + 1] ?? 0) * 8;
    if (length === 0) break;
    if (message[at] === targetLinkLayerAddress) return { mac: formatMac(message.subarray(at + 2, at + 8)), address };
    at += length;
  }
  return { mac: sender, address };
};
