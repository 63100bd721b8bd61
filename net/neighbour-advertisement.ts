// Unsolicited neighbour advertisements announce that an IPv6 address is now at this host's MAC. Pure.

import { bytesOf, type IpAddress, ip } from './ip-address.ts';
import type { IpHeader } from './ipv4-packet.ts';
import { encodeIpv6Header, ipv6Checksum } from './ipv6-packet.ts';
import { parseMac } from './mac-address.ts';

const allNodes = ip('ff02::1');
/** The Ethernet address of the all-nodes group (RFC 2464, section 7). */
export const allNodesMac = Buffer.from('333300000001', 'hex');

const IPPROTO_ICMPV6 = 58;
const neighbourAdvertisement = 136;
const targetLinkLayerAddress = 2;
const routerFlag = 0x80;
const overrideFlag = 0x20;

/*
 * RFC 4861, section 4.4, and its option of section 4.6.1
 *   0      1        2          4                     8        24     25                      26            32
 *   | 136  | code 0 | checksum | R S O flags, zeros | target | type 2 | length 1 (8 bytes)  | sender's MAC |
 */
/**
 * Encodes the packet, without its Ethernet header. Override is set, Solicited is not (RFC 9568, section 6.4.1).
 * @param isRouter whether this host forwards on the interface: neighbours drop a default router that clears the flag, and
 * lose packets sent to a host that sets it wrongly (RFC 4861, section 7.2.5).
 */
export const encodeNeighbourAdvertisement = (mac: string, address: IpAddress, isRouter: boolean): Buffer => {
  const sender = parseMac(mac);
  const target = bytesOf(address);
  if (sender.length !== 6 || target.length !== 16)
    throw new RangeError('a neighbour advertisement needs an Ethernet and an IPv6 address');
  const flags = overrideFlag | (isRouter ? routerFlag : 0);
  const payload = Buffer.concat([
    Buffer.from([neighbourAdvertisement, 0, 0, 0, flags, 0, 0, 0]),
    target,
    Buffer.from([targetLinkLayerAddress, 1]),
    sender,
  ]);
  const header: IpHeader = {
    source: address,
    destination: allNodes,
    ttl: 255,
    protocol: IPPROTO_ICMPV6,
    trafficClass: 0xc0,
  };
  payload.writeUInt16BE(ipv6Checksum(header, payload), 2);
  return Buffer.concat([encodeIpv6Header(header, payload.length), payload]);
};
