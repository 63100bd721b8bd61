// What routers hear and see: all that has arrived together is one input of the host.

import { type Rate, takeToken } from '../base/tokens.ts';
import { milliseconds } from '../base/units.ts';
import type { RouterConfig } from '../config/model/model.ts';
import { farewellPriority } from './election/election.ts';
import type { VrrpEventBody } from './events.ts';
import { type Host, selfOf, stateOf, watchOf } from './host/host.ts';
import type { HostInput, RouterSighting } from './host/step.ts';
import type { Ports, ReceivedPacket } from './ports.ts';
import type { Hear } from './protocol/hearing.ts';
import type { Locate } from './rivals/locating.ts';
import { evidenceIn, isUnlocated, type Sighting } from './rivals/rivals.ts';
import type { Router } from './router.ts';
import type { Attachment, Place } from './sockets.ts';

/** An input of the host, and what is done once the host has it. */
export type Sighted = { readonly input: HostInput; readonly after: () => void };

export type Sightings = {
  /** Judges packets that have arrived together. @returns undefined where none is for a router */
  readonly hear: (place: Place, packets: readonly ReceivedPacket[]) => Sighted | undefined;
  readonly see: (router: Router, sighting: Sighting) => Sighted | undefined;
};

type SightingsOptions = {
  readonly ports: Pick<Ports, 'clock' | 'wall'>;
  readonly hear: Hear;
  readonly hostNow: () => Host;
  readonly attachmentOf: (router: RouterConfig) => Attachment | undefined;
  readonly locate: Locate;
  readonly emit: (event: VrrpEventBody) => void;
};

/** Masters of a router are reported at this rate: senders choose their source. */
const reportRate: Rate = { burst: 8, refillEvery: milliseconds(2000) };

export const createSightings = (options: SightingsOptions): Sightings => {
  const { ports, hear, hostNow, attachmentOf, locate, emit } = options;

  /** Asks the kernel where another master is, only if there is one. */
  const locateIn = ({ config: own }: Router, sighting: Sighting): RouterSighting => {
    const { name } = own;
    const host = hostNow();
    const watch = watchOf(host, name);
    const evidence = evidenceIn({ config: own, self: selfOf(host, name) }, watch, sighting, ports.clock());
    const index = sighting.type === 'claimed' ? sighting.claim.interfaceIndex : attachmentOf(own)?.link.index;
    const isWanted = evidence !== undefined && index !== undefined && isUnlocated(watch, evidence);
    const found = isWanted ? locate(evidence, index) : undefined;
    return { router: name, sighting: { ...sighting, found } };
  };

  type Noted = {
    readonly sighting: RouterSighting;
    /** Done once the host has it. */
    readonly then?: () => void;
  };

  const note = (place: Place, packet: ReceivedPacket): Noted | undefined => {
    const heard = hear(place, packet.payload, packet);
    if (heard === undefined) return undefined;
    const { router, source } = heard;
    if (heard.type === 'dropped') {
      const priority = packet.payload[2] ?? farewellPriority;
      return { sighting: locateIn(router, { type: 'dropped', source, priority, reason: heard.reason }) };
    }
    const { name } = router.config;
    const { dialect } = heard;
    const { priority, interval } = heard.advertisement;
    const sighting = locateIn(router, { type: 'heard', source, priority, interval });
    if (stateOf(hostNow(), name).name === 'master' || priority === farewellPriority) return { sighting };
    const isReported = router.reported?.address === source && router.reported.priority === priority;
    const isKnown = router.heard?.address === source && router.heard.priority === priority;
    if (isReported && isKnown && router.heard?.dialect === dialect) return { sighting };
    const then = (): void => {
      router.heard = { address: source, priority, ...(dialect && { dialect }) };
      if (isReported) return;
      const [after, isTaken] = takeToken(router.reports, reportRate, ports.clock());
      router.reports = after;
      if (!isTaken) return;
      router.reported = { address: source, priority };
      emit({ type: 'master-heard', router: name, master: source, priority, ...(dialect && { dialect }) });
    };
    return { sighting, then };
  };

  const join = (noted: readonly Noted[]): Sighted | undefined =>
    noted.length === 0
      ? undefined
      : {
          input: { type: 'sighted', sightings: noted.map(({ sighting }) => sighting), wall: ports.wall() },
          after: () => {
            for (const { then } of noted) then?.();
          },
        };

  return {
    hear: (place, packets) => join(packets.flatMap((packet) => note(place, packet) ?? [])),
    see: (router, sighting) => join([{ sighting: locateIn(router, sighting) }]),
  };
};
