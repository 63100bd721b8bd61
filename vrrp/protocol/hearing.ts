// Judges and counts received packets: each is an advertisement for a router, or a drop with its reason.

import type { ChecksumDialect } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { farewellPriority } from '../election/parameters.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Ports, ReceivedPacket } from '../ports.ts';
import type { Router } from '../router.ts';
import type { Arrival, Place } from '../sockets.ts';
import { createAdvertisementMemory } from './advertisement-memory.ts';
import type { DropReason } from './drop-reason.ts';
import { createDropReports } from './drops.ts';
import { noteMismatches } from './mismatches.ts';
import { type Advertisement, virtualRouterIdOf } from './packet.ts';
import { receive } from './reception.ts';
import { noteRefusal } from './refusals.ts';
import type { Strays } from './strays.ts';

/** What a packet is to the router that it is for. */
export type Heard = { readonly router: Router; readonly source: IpAddress } & (
  | {
      readonly type: 'advertisement';
      readonly advertisement: Advertisement;
      readonly dialect: ChecksumDialect | undefined;
    }
  | { readonly type: 'dropped'; readonly priority: number; readonly reason: DropReason }
);

type HearingOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'wall'>;
  readonly strays: Strays;
  readonly emit: (event: VrrpEventBody) => void;
  /** Takes what packets that have arrived together are; those for no router of this host are left out. */
  readonly take: (heard: readonly Heard[], interfaceIndex: number | undefined) => void;
};

export type Hear = (arrival: Arrival) => void;

export const createHearing = ({ routers, ports, strays, emit, take }: HearingOptions): Hear => {
  const reportDrop = createDropReports(ports.clock, emit);
  const keyOf = (place: Place, id: number): string => `${place.interface} ${place.family} ${id}`;
  /** The routers that share an id on an interface, in a family: more than one only if each has its own peers. */
  const sharers = new Map<string, Router[]>();
  for (const router of routers.values()) {
    const key = keyOf(router.config, router.config.virtualRouterId);
    sharers.set(key, [...(sharers.get(key) ?? []), router]);
  }

  const drop = (place: Place, source: IpAddress, reason: DropReason, router?: Router): undefined => {
    if (router === undefined) strays.count(place, reason);
    else {
      router.dropped[reason] = (router.dropped[reason] ?? 0) + 1;
      noteRefusal(router.refusals, { source, reason, at: ports.wall() });
      if (reason === 'ttl' || reason === 'version' || reason === 'checksum') router.protocolError = reason;
    }
    reportDrop(place.interface, source, reason, router?.config.name);
  };

  const known = createAdvertisementMemory<Router>();

  const judge = ({ place, ownSources }: Arrival, packet: ReceivedPacket): Heard | undefined => {
    const { source, payload } = packet;
    if (ownSources.has(source)) return drop(place, source, 'own-address');
    // Before the costly judgement, since a known packet needs none.
    const id = virtualRouterIdOf(payload);
    const equal = known.find(place, id, packet);
    if (equal !== undefined) {
      const { router, advertisement, dialect } = equal;
      router.refusals.delete(source);
      router.received += 1;
      return { type: 'advertisement', router, source, advertisement, dialect };
    }
    const received = receive(sharers.get(keyOf(place, id ?? 0)) ?? [], packet, ports.wall());
    if (received === undefined) return drop(place, source, id === undefined ? 'truncated' : 'virtual-router-id');
    const { router } = received;
    if (!received.ok) {
      drop(place, source, received.reason, router);
      return { type: 'dropped', router, source, priority: payload[2] ?? farewellPriority, reason: received.reason };
    }
    const { advertisement, dialect, mismatches, marks, isForeign } = received;
    router.marks = marks;
    const isPlain = router.config.authentication?.type !== 'hmac';
    // A signed one is never equal, and its repetition is a replay.
    if (isPlain && !isForeign && mismatches.length === 0 && advertisement.priority !== farewellPriority)
      known.keep(place, id, packet, { router, advertisement, dialect });
    if (isForeign) noteRefusal(router.refusals, { source, reason: 'foreign-accepted', at: ports.wall() });
    else router.refusals.delete(source);
    noteMismatches(router, source, mismatches, advertisement, { emit, clock: ports.clock });
    router.received += 1;
    if (advertisement.priority === farewellPriority) router.farewellsReceived += 1;
    return { type: 'advertisement', router, source, advertisement, dialect };
  };

  return (arrival) =>
    take(
      arrival.packets.flatMap((packet) => judge(arrival, packet) ?? []),
      arrival.interfaceIndex,
    );
};
