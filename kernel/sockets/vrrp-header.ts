// The IP header of every sent VRRP packet.

import type { IpAddress } from '../../net/ip-address.ts';
import type { IpHeader } from '../../net/ipv4-packet.ts';

export const IPPROTO_VRRP = 112;

// Holds a second of a thousand routers at 10 ms.
export const vrrpReceiveBuffer = 4 * 1024 * 1024;

/** RFC 9568, sections 5.1.1.3 and 5.1.2.3; DSCP CS6 is internetwork control. */
export const vrrpHeader = (path: { readonly source: IpAddress; readonly destination: IpAddress }): IpHeader => ({
  source: path.source,
  destination: path.destination,
  ttl: 255,
  protocol: IPPROTO_VRRP,
  trafficClass: 0xc0,
});
