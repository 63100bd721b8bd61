// What a VRRP socket is, of either family: one interface's, for IP protocol 112, to the group as to single peers.

import type { IpAddress } from '../../net/ip-address.ts';
import type { IpPacket, Ipv4DropReason } from '../../net/ipv4-packet.ts';
import type { KernelError } from '../system/error.ts';

export type VrrpSocketOptions = {
  readonly family: 'ipv4' | 'ipv6';
  readonly interface: string;
  readonly interfaceIndex: number;
  /** Whether the group is joined; packets to this host's own addresses arrive in any case. */
  readonly joinsGroup: boolean;
  readonly onPacket: (packet: IpPacket) => void;
  /** A packet that was not whole. */
  readonly onDrop: (reason: Ipv4DropReason) => void;
  /** Receiving failed; the socket may be closed by then: close it and open another. */
  readonly onError: (error: KernelError) => void;
};

/** Where a packet goes, and the address of this host that it comes from (RFC 9568, sections 5.1.1.1 and 5.1.2.1). */
export type SendPath = { readonly source: IpAddress; readonly destination: IpAddress };

export type VrrpSocket = {
  /** Hands one packet to the kernel before it returns, with a TTL of 255. @throws KernelError, ENETDOWN when the interface is down. */
  send(payload: Buffer, path: SendPath): void;
  close(): void;
};
