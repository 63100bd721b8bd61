// The multicast groups of VRRP (RFC 9568, sections 5.1.1.2 and 5.1.2.2).

import { type Family, type IpAddress, ip } from '../../net/ip-address.ts';

export const vrrpGroups: Readonly<Record<Family, IpAddress>> = { ipv4: ip('224.0.0.18'), ipv6: ip('ff02::12') };
