// Gratuitous ARP: says that an IPv4 address is now at this host's MAC. Pure.

import { constants } from 'node:os';
import { kernelError } from './error.ts';
import { parseAddress } from './ip-address.ts';

export const broadcastMac = Buffer.alloc(6, 0xff);

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
