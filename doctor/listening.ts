// Listens on the configured interfaces for a while: for advertisements, and the doctors of other directors.

import { setTimeout as sleep } from 'node:timers/promises';
import { openVrrpSocket } from '../kernel/sockets/open-vrrp-socket.ts';
import { vrrpGroups } from '../kernel/sockets/vrrp-group.ts';
import type { VrrpSocket } from '../kernel/sockets/vrrp-socket.ts';
import { KernelError } from '../kernel/system/error.ts';
import { type Family, type IpAddress, isLinkLocal } from '../net/ip-address.ts';
import type { IpPacket } from '../net/ipv4-packet.ts';
import { decodeAdvertisement } from '../vrrp/protocol/packet.ts';
import type { Sighting } from './sightings.ts';

/** One interface in one family. */
export type ListeningPlace = {
  readonly name: string;
  readonly index: number;
  readonly family: Family;
  /** This host's own addresses of the family there. */
  readonly sources: readonly IpAddress[];
  readonly peers: readonly IpAddress[];
  readonly multicast: boolean;
};

/** A received packet of another director's doctor. */
export type OtherDoctor = { readonly interface: string; readonly family: Family; readonly source: IpAddress };

export type Heard = { readonly sightings: readonly Sighting[]; readonly doctors: readonly OtherDoctor[] };

// Version 15, which every router drops (RFC 9568 7.1).
const ownPacket = Buffer.from('\xffregent doctor', 'latin1');
const sendEvery = 250;

const sendTo = (socket: VrrpSocket, { family, sources, peers, multicast }: ListeningPlace): void => {
  for (const destination of [...(multicast ? [vrrpGroups[family]] : []), ...peers]) {
    const isNear = family === 'ipv4' || destination === vrrpGroups.ipv6 || isLinkLocal(destination);
    const source = sources.find((one) => family === 'ipv4' || isLinkLocal(one) === isNear) ?? sources[0];
    try {
      if (source !== undefined) socket.send(ownPacket, { source, destination });
    } catch (error) {
      // Forbidden by a firewall, or the interface is down: both have their own findings.
      if (!(error instanceof KernelError)) throw error;
    }
  }
};

/**
 * @param span milliseconds.
 * @param speaks whether to send to other doctors meanwhile; otherwise nothing is sent.
 * @throws KernelError EPERM without CAP_NET_RAW.
 */
export const listen = async (places: readonly ListeningPlace[], span: number, speaks: boolean): Promise<Heard> => {
  const sightings: Sighting[] = [];
  const doctors: OtherDoctor[] = [];
  const open: { readonly socket: VrrpSocket; readonly place: ListeningPlace }[] = [];
  const ignore = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    for (const place of places) {
      const { name, index, family, sources } = place;
      const hear = ({ payload, ...path }: IpPacket): void => {
        if (ownPacket.equals(payload)) {
          if (!sources.includes(path.source)) doctors.push({ interface: name, family, source: path.source });
          return;
        }
        const decoded = decodeAdvertisement(payload, path);
        if (!decoded.ok) return;
        const { dialect } = decoded;
        sightings.push({
          interface: name,
          source: path.source,
          ...decoded.advertisement,
          ...(dialect !== undefined && { dialect }),
        });
      };
      const socket = openVrrpSocket({
        family,
        interface: name,
        interfaceIndex: index,
        joinsGroup: true,
        onPackets: (packets) => packets.forEach(hear),
        onDrop: ignore,
        onError: ignore,
      });
      open.push({ socket, place });
    }
    const sendAll = (): void => {
      for (const { socket, place } of open) sendTo(socket, place);
    };
    if (speaks) timer = setInterval(sendAll, sendEvery);
    await sleep(span);
  } finally {
    clearInterval(timer);
    for (const { socket } of open) socket.close();
  }
  return { sightings, doctors };
};
