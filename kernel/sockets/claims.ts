// Listens on a link for other hosts' claims to certain addresses: by ARP of any kind, or by neighbour advertisements.

import { decodeArpClaim } from '../../net/arp.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { formatMac } from '../../net/mac-address.ts';
import { decodeNeighbourClaim } from '../../net/neighbour-solicitation.ts';
import { pack } from '../netlink/codec.ts';
import { KernelError } from '../system/error.ts';
import { AF_PACKET, bindSocket, closeDescriptor, openSocket, receive, SOCK_RAW } from '../system/libc.ts';
import { watchReadable } from '../system/readiness.ts';
import { attachFilter } from './attach-filter.ts';
import { arpClaimFilter, neighbourClaimFilter } from './packet-filter.ts';

/** A claim that an address is at a MAC, which may be one of this host's own. */
export type AddressClaim = { readonly address: IpAddress; readonly mac: string };

const ETH_P_ARP = 0x0806;
const ETH_P_IPV6 = 0x86dd;
const ethernetHeader = 14;
const frameLimit = 2048;
// Read in one turn of the loop; the watch reports the rest again.
const framesPerTurn = 64;

const decodeFrame = (protocol: number, frame: Buffer): AddressClaim | undefined => {
  const packet = frame.subarray(ethernetHeader);
  return protocol === ETH_P_ARP
    ? decodeArpClaim(packet)
    : decodeNeighbourClaim(packet, formatMac(frame.subarray(6, 12)));
};

const listen = (
  protocol: number,
  interfaceIndex: number,
  program: Buffer,
  onFrame: (frame: Buffer) => void,
): { close(): void } => {
  // Protocol 0 receives nothing until the filter is attached.
  const fd = openSocket(AF_PACKET, SOCK_RAW, 0);
  const buffer = Buffer.alloc(frameLimit);
  let isOpen = true;
  /** One frame; undefined where none waits. A link that goes down causes one error, which is ignored here. */
  const take = (): Buffer | undefined => {
    try {
      const length = receive(fd, buffer);
      return length === undefined ? undefined : buffer.subarray(0, Math.min(length, frameLimit));
    } catch (error) {
      if (error instanceof KernelError) return undefined;
      throw error;
    }
  };
  try {
    attachFilter(fd, program);
    const address = Buffer.from([protocol >> 8, protocol & 0xff]);
    bindSocket(fd, Buffer.concat([pack(['u16', AF_PACKET]), address, pack(['u32', interfaceIndex]), Buffer.alloc(12)]));
    const watch = watchReadable(fd, () => {
      for (let count = 0; count < framesPerTurn && isOpen; count += 1) {
        const frame = take();
        if (frame === undefined) return;
        onFrame(frame);
      }
    });
    return {
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        watch.close();
        closeDescriptor(fd);
      },
    };
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
};

/**
 * Listens on one Ethernet interface until closed. This host's own frames are not received.
 * @throws KernelError EPERM without CAP_NET_RAW, ENODEV without the interface.
 */
export const watchClaims = (
  interfaceIndex: number,
  addresses: readonly IpAddress[],
  onClaim: (claim: AddressClaim) => void,
): { close(): void } => {
  const wanted = new Set(addresses);
  const open = (protocol: number, own: readonly IpAddress[], filter: (own: readonly IpAddress[]) => Buffer) =>
    own.length === 0
      ? []
      : [
          listen(protocol, interfaceIndex, filter(own), (frame) => {
            const claim = decodeFrame(protocol, frame);
            // The filter compares only the end of an IPv6 address.
            if (claim !== undefined && wanted.has(claim.address)) onClaim(claim);
          }),
        ];
  const four = [...wanted].filter((address) => !address.includes(':'));
  const six = [...wanted].filter((address) => address.includes(':'));
  const listeners = open(ETH_P_ARP, four, arpClaimFilter);
  try {
    listeners.push(...open(ETH_P_IPV6, six, neighbourClaimFilter));
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return {
    close: () => {
      for (const listener of listeners) listener.close();
    },
  };
};
