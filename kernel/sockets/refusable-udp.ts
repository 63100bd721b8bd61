// A UDP descriptor that learns who refuses its datagrams: errors of ICMP wait in its queue with their sender (ip(7), IP_RECVERR).

import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import {
  AF_INET,
  AF_INET6,
  bindSocket,
  closeDescriptor,
  openSocket,
  SOCK_DGRAM,
  setSocketOption,
} from '../system/libc.ts';
import { openErrorQueue } from './message-batch.ts';
import { socketAddress } from './socket-address.ts';

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP_RECVERR = 11;
const IPV6_RECVERR = 25;
const SO_EE_ORIGIN_ICMP = 2;
const SO_EE_ORIGIN_ICMP6 = 3;

/*
 * struct cmsghdr, struct sock_extended_err (linux/errqueue.h), struct sockaddr_in or sockaddr_in6 of the sender
 *   0        8       12     16      20       21     22     23    24     28     32                 36          40
 *   | length | level | type | errno | origin | type | code | pad | info | data | family and port  | IPv4 addr | IPv6 address |
 */
const senderOf = (control: Buffer): IpAddress | undefined => {
  const origin = control[20];
  if (origin === SO_EE_ORIGIN_ICMP) return formatAddress(control.subarray(36, 40));
  return origin === SO_EE_ORIGIN_ICMP6 ? formatAddress(control.subarray(40, 56)) : undefined;
};

export type RefusableUdp = {
  readonly fd: number;
  /** Empties the queue. @returns the sender of its last error; undefined where this host itself has refused */
  readonly refuser: () => IpAddress | undefined;
};

/** @param address the local one, or the unspecified one. @throws KernelError EADDRNOTAVAIL, EMFILE, EAFNOSUPPORT */
export const openRefusableUdp = (address: IpAddress): RefusableUdp => {
  const bytes = bytesOf(address);
  const isIpv6 = bytes.length === 16;
  const fd = openSocket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  try {
    setSocketOption(fd, isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP, isIpv6 ? IPV6_RECVERR : IP_RECVERR, 1);
    bindSocket(fd, socketAddress(bytes, 0));
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  return {
    fd,
    refuser: () => {
      let sender: IpAddress | undefined;
      openErrorQueue(fd)((_errno, _packet, control) => {
        sender = senderOf(control);
      });
      return sender;
    },
  };
};
