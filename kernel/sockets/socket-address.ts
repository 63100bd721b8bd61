// Encodes socket addresses for system calls: struct sockaddr_in, struct sockaddr_in6. Pure.

import { bytesOf, parseAddress } from '../../net/ip-address.ts';
import { pack } from '../netlink/codec.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';

/** @param scope the interface index, for a link-local IPv6 address. */
export const socketAddress = (bytes: Buffer, port: number, scope = 0): Buffer => {
  const network = Buffer.from([port >> 8, port & 0xff]);
  return bytes.length === 4
    ? Buffer.concat([pack(['u16', AF_INET]), network, bytes, Buffer.alloc(8)])
    : Buffer.concat([pack(['u16', AF_INET6]), network, Buffer.alloc(4), bytes, pack(['u32', scope])]);
};

/** @param scopeOf the index of the interface in `fe80::1%eth0`. @returns undefined where the text is not an address */
export const parseSocketAddress = (
  text: string,
  port: number,
  scopeOf: (name: string) => number | undefined,
): Buffer | undefined => {
  const [plain = '', zone] = text.split('%');
  const address = parseAddress(plain);
  return address && socketAddress(bytesOf(address), port, zone === undefined ? 0 : scopeOf(zone));
};
