// A VRRP socket of either family: one interface, IP protocol 112, to the group and to single peers.

import type { IpAddress } from '../../net/ip-address.ts';
import type { IpPacket, Ipv4DropReason } from '../../net/ipv4-packet.ts';
import type { KernelError } from '../system/error.ts';

export type VrrpSocketOptions = {
  readonly family: 'ipv4' | 'ipv6';
  readonly interface: string;
  readonly interfaceIndex: number;
  /** Whether the group is joined; packets to this host's own addresses always arrive. */
  readonly joinsGroup: boolean;
  /** Called with the packets that have arrived together. */
  readonly onPackets: (packets: readonly IpPacket[]) => void;
  /** Called for an incomplete packet. */
  readonly onDrop: (reason: Ipv4DropReason) => void;
  /** Receiving failed; the socket may already be closed: close it and open another. */
  readonly onError: (error: KernelError) => void;
};

/** A packet's destination and its source address on this host (RFC 9568, sections 5.1.1.1 and 5.1.2.1). */
export type SendPath = { readonly source: IpAddress; readonly destination: IpAddress };

export type VrrpSocket = {
  /**
   * Passes one packet to the kernel at once, with a TTL of 255. The bytes of a payload must not change: a payload that is sent
   * again has its packet already.
   * @throws KernelError, ENETDOWN when the interface is down.
   */
  send(payload: Uint8Array, path: SendPath): void;
  close(): void;
};
