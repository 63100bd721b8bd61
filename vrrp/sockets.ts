// The sockets of the routers: one per interface and family, open while the interface is up and has an address to send from.

import { messageOf } from '../base/error.ts';
import type { RouterConfig, VrrpConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import type { AddressEntry } from '../kernel/route/address-entry.ts';
import type { Family, IpAddress } from '../net/ip-address.ts';
import { sourceOf, warningOfSource } from './advertisement-source.ts';
import type { VrrpEventBody } from './events.ts';
import type { Interface, Ports, ReceivedPacket, Wire } from './ports.ts';
import { createVirtualSockets } from './virtual-sockets.ts';

/** A router's attachment to the network: its interface, its source address and its socket. */
export type Attachment = { readonly link: Interface; readonly source: IpAddress; readonly wire: Wire };

/** An interface and a family: what one socket serves. */
export type Place = { readonly interface: string; readonly family: Family };

export type Sockets = {
  /** Opens and closes sockets, and attaches and detaches routers, to match the current interfaces. */
  readonly attach: () => void;
  /** Detaches the routers of a failed socket, and attaches them to a new one. */
  readonly lose: (place: Place, message: string) => void;
  readonly of: (router: RouterConfig) => Attachment | undefined;
  /** Why a router is not attached; undefined if it is. */
  readonly faultOf: (router: RouterConfig) => string | undefined;
  readonly close: () => void;
};

/** What this host has at a place: the addresses that it sends from, and the index of the interface. */
type Presence = { readonly ownSources: ReadonlySet<IpAddress>; readonly interfaceIndex: number | undefined };

/** Packets that have arrived together. */
export type Arrival = Presence & { readonly place: Place; readonly packets: readonly ReceivedPacket[] };

/** What sockets report. */
export type SocketReport =
  | { readonly type: 'attached'; readonly router: RouterConfig; readonly source: IpAddress }
  /** Reported while the socket still works, so that a farewell can leave. */
  | { readonly type: 'detached'; readonly router: RouterConfig; readonly reason: string; readonly isOfLink?: true }
  /** A socket has failed: `lose` replaces it. */
  | { readonly type: 'socket-failed'; readonly place: Place; readonly message: string };

type SocketsOptions = {
  readonly config: VrrpConfig;
  readonly ports: Pick<Ports, 'interfaces' | 'addresses' | 'openWire'>;
  readonly emit: (event: VrrpEventBody) => void;
  /** Why a router may not run, apart from its interface; undefined if it may. */
  readonly refusalOf: (router: RouterConfig) => string | undefined;
  /** Takes what has arrived. */
  readonly hear: (arrival: Arrival) => void;
  readonly report: (report: SocketReport) => void;
};

const placeKey = (place: Place): string => `${place.interface} ${place.family}`;

export const createSockets = (options: SocketsOptions): Sockets => {
  const { config, ports, emit, refusalOf, hear, report } = options;
  const virtual = new Set(config.routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)));
  const sockets = new Map<string, { readonly place: Place; readonly link: Interface; readonly wire: Wire }>();
  const virtualSockets = createVirtualSockets(ports, emit);
  const attachments = new Map<string, Attachment>();
  const faults = new Map<string, string>();

  const byPlace = new Map<string, RouterConfig[]>();
  for (const router of config.routers)
    byPlace.set(placeKey(router), [...(byPlace.get(placeKey(router)) ?? []), router]);
  const routersAt = (place: Place): readonly RouterConfig[] => byPlace.get(placeKey(place)) ?? [];
  /** By place; forgotten when a router is attached or detached. */
  const presences = new Map<string, Presence>();
  const presenceAt = (place: Place): Presence => {
    const key = placeKey(place);
    const known = presences.get(key);
    if (known !== undefined) return known;
    const attached = routersAt(place).flatMap(({ name }) => attachments.get(name) ?? []);
    const presence = {
      ownSources: new Set(attached.map(({ source }) => source)),
      interfaceIndex: attached[0]?.link.index,
    };
    presences.set(key, presence);
    return presence;
  };
  let isClosed = false;
  const receiveAt =
    (place: Place) =>
    (packets: readonly ReceivedPacket[]): void => {
      if (!isClosed) hear({ ...presenceAt(place), place, packets });
    };

  const detach = (router: RouterConfig, reason: string, isOfLink = false): void => {
    faults.set(router.name, reason);
    if (!attachments.has(router.name)) return;
    report({ type: 'detached', router, reason, ...(isOfLink && { isOfLink }) });
    attachments.delete(router.name);
    presences.delete(placeKey(router));
  };

  const open = (place: Place, link: Interface): Wire | undefined => {
    const { name } = link;
    try {
      const wire = ports.openWire(
        link,
        { family: place.family, joinsGroup: routersAt(place).some(({ multicast }) => multicast) },
        receiveAt(place),
        (message) => report({ type: 'socket-failed', place, message }),
      );
      sockets.set(placeKey(place), { place, link, wire });
      return wire;
    } catch (error) {
      const message = messageOf(error);
      emit({ type: 'kernel-error', message });
      for (const router of routersAt(place)) faults.set(router.name, `there is no socket on ${name}`);
      return undefined;
    }
  };

  const closeUnused = (): void => {
    for (const [key, { place, wire }] of sockets) {
      if (routersAt(place).some(({ name }) => attachments.has(name))) continue;
      wire.close();
      sockets.delete(key);
    }
  };

  /** Why a router cannot run, or must be attached again. */
  const judge = (
    router: RouterConfig,
    link: Interface | undefined,
    source: IpAddress | undefined,
  ): string | undefined => {
    const { interface: name, family } = router;
    const held = attachments.get(router.name);
    if (link === undefined || (held !== undefined && link.index !== held.link.index)) return `${name} is gone`;
    if (!link.up) return `${name} is down`;
    if (link.taker !== undefined) return `${name} is a port of ${link.taker}, which takes all that arrives there`;
    if (source === undefined) {
      return router.source === undefined
        ? `${name} has no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address to send from`
        : `${name} does not have the source address ${router.source}`;
    }
    if (held !== undefined && source !== held.source) return `${name} has another address`;
    return refusalOf(router);
  };

  const attach = (): void => {
    const links = new Map(ports.interfaces().map((link) => [link.name, link]));
    const entries = ports.addresses.list();
    const byInterface = new Map<string, AddressEntry[]>();
    for (const entry of entries) {
      const known = byInterface.get(entry.interface);
      if (known === undefined) byInterface.set(entry.interface, [entry]);
      else known.push(entry);
    }
    const sources = new Map(
      config.routers.map((router) => [router.name, sourceOf(router, virtual, byInterface.get(router.interface) ?? [])]),
    );
    for (const router of config.routers) {
      const link = links.get(router.interface);
      const fault = judge(router, link, sources.get(router.name));
      if (fault === undefined) faults.delete(router.name);
      else detach(router, fault, link?.up === false && link.index === attachments.get(router.name)?.link.index);
    }
    closeUnused();
    for (const router of config.routers) {
      const place = { interface: router.interface, family: router.family };
      virtualSockets.open(router, links, receiveAt(place));
      const link = links.get(router.interface);
      const source = sources.get(router.name);
      if (link === undefined || source === undefined || attachments.has(router.name)) continue;
      // A changed address is only a momentary fault: the router attaches with the new one.
      if (judge(router, link, source) !== undefined) continue;
      const wire = sockets.get(placeKey(place))?.wire ?? open(place, link);
      if (wire === undefined) continue;
      faults.delete(router.name);
      attachments.set(router.name, { link, source, wire: virtualSockets.wireOf(router, wire) });
      presences.delete(placeKey(router));
      if (place.family === 'ipv4' && virtual.has(source)) {
        emit({ type: 'caution', router: router.name, message: warningOfSource(router.interface, source) });
      }
      report({ type: 'attached', router, source });
    }
  };

  return {
    attach,
    lose: (place, message) => {
      emit({ type: 'kernel-error', message });
      for (const router of routersAt(place)) detach(router, message);
      closeUnused();
      attach();
    },
    of: ({ name }) => attachments.get(name),
    faultOf: ({ name }) => faults.get(name),
    close: () => {
      isClosed = true;
      for (const { wire } of sockets.values()) wire.close();
      sockets.clear();
      virtualSockets.close();
      attachments.clear();
      presences.clear();
    },
  };
};
