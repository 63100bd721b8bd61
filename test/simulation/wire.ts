// The networks between the machines: they delay, lose, duplicate and reorder packets, and may carry them in one direction only.

import { vrrpGroups } from '../../kernel/sockets/vrrp-group.ts';
import type { Endpoints } from '../../net/checksum.ts';
import type { PacketHeader } from '../../vrrp/protocol/packet.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

export type Packet = PacketHeader & { readonly payload: Uint8Array; readonly mac: string };

/** What a machine has on the wire. */
export type Station = {
  readonly name: string;
  readonly hasLink: (link: number) => boolean;
  readonly hear: (link: number, packet: Packet) => void;
  readonly hearClaim: (link: number, address: string, mac: string) => void;
  readonly hearBfd: (source: string, payload: Uint8Array) => void;
  /** Whether its kernel answers for an address. */
  readonly answersFor: (link: number, address: string) => boolean;
  readonly addresses: readonly string[];
  readonly macs: readonly string[];
  /** The MAC that a virtual address of its has on a link. */
  readonly macFor: (link: number) => string;
};

export type WireFaults = {
  /** Of 1. */
  loss: number;
  /** Milliseconds. */
  delay: number;
  duplication: number;
  dropsMulticast: number;
  reflects: number;
};

export type Wire = {
  readonly faults: WireFaults;
  readonly join: (station: Station) => void;
  /** Packets from one to the other are lost, on one link or all; call the result to end it. */
  readonly cut: (from: string, to: string, link?: number) => () => void;
  /** @param after milliseconds until it leaves. */
  readonly send: (
    from: Station,
    link: number,
    payload: Uint8Array,
    endpoints: Endpoints,
    after: number,
    mac?: string,
  ) => void;
  readonly announce: (from: Station, link: number, address: string, mac: string) => void;
  /** Sends a packet of BFD on the first link. */
  readonly sendBfd: (from: Station, destination: string, payload: Uint8Array) => void;
  /** Asks who else has an address. */
  readonly probe: (from: Station, link: number, address: string) => void;
};

/** A network at rest: milliseconds of delay at most, and how many packets come twice. */
const ordinary = { delay: 0.8, duplication: 0.002 };

export const createWire = (time: Time, random: Random): Wire => {
  const stations: Station[] = [];
  const cuts = new Map<string, number>();
  const faults: WireFaults = { loss: 0, delay: 0, duplication: 0, dropsMulticast: 0, reflects: 0 };

  const isCut = ({ name: from }: Station, { name: to }: Station, link: number): boolean =>
    cuts.size > 0 && (cuts.has(`${from} ${to}`) || cuts.has(`${from} ${to} ${link}`));
  const reaches = (from: Station, to: Station, link: number): boolean =>
    from.hasLink(link) && to.hasLink(link) && !isCut(from, to, link);

  const carry = (after: number, call: () => void): void => {
    if (faults.loss > 0 && random.chance(faults.loss)) return;
    time.at(time.now() + after + 0.1 + random.next() * (ordinary.delay + faults.delay), call);
  };

  /** In this very order, since random numbers are drawn in it. */
  const deliver = (from: Station, to: Station, link: number, after: number, call: () => void): void => {
    if (!reaches(from, to, link)) return;
    const arrive = (): void => {
      if (to.hasLink(link)) call();
    };
    carry(after, arrive);
    if (random.chance(ordinary.duplication + faults.duplication)) carry(after, arrive);
  };

  return {
    faults,
    join: (station) => void stations.push(station),
    cut: (from, to, link) => {
      const key = [from, to, ...(link === undefined ? [] : [link])].join(' ');
      cuts.set(key, (cuts.get(key) ?? 0) + 1);
      return () => {
        const left = (cuts.get(key) ?? 1) - 1;
        if (left === 0) cuts.delete(key);
        else cuts.set(key, left);
      };
    },
    send: (from, link, payload, { source, destination }, after, mac = from.macs[link] ?? '') => {
      const packet: Packet = { source, destination, ttl: 255, payload, mac };
      const isGroup = Object.values(vrrpGroups).some((group) => group === destination);
      if (isGroup && faults.dropsMulticast > 0) return;
      for (const to of stations) {
        if (to === from && faults.reflects === 0) continue;
        if (!isGroup && !to.addresses.includes(destination)) continue;
        deliver(from, to, link, after, () => to.hear(link, packet));
      }
    },
    announce: (from, link, address, mac) => {
      for (const to of stations) if (to !== from) deliver(from, to, link, 0, () => to.hearClaim(link, address, mac));
    },
    sendBfd: (from, destination, payload) => {
      const [source = ''] = from.addresses;
      for (const to of stations)
        if (to.addresses.includes(destination)) deliver(from, to, 0, 0, () => to.hearBfd(source, payload));
    },
    probe: (from, link, address) => {
      for (const to of stations) {
        if (to === from || !reaches(from, to, link) || !to.answersFor(link, address)) continue;
        const mac = to.macFor(link);
        deliver(to, from, link, 0, () => from.hearClaim(link, address, mac));
      }
    },
  };
};
