// The parts of a host, each made of those before it: what needs a later one reports to the bus.

import type { VrrpConfig } from '../config/model/model.ts';
import { type Advertise, createAdvertiser } from './announce/advertiser.ts';
import { type Announcer, createAnnouncer } from './announce/announcer.ts';
import { createOwnAnnouncement } from './announce/own-address.ts';
import { type ClockReport, type Clockwork, createClockwork } from './clockwork.ts';
import type { VrrpEventBody } from './events.ts';
import { createHoldings, type Holdings, type HoldingsReport } from './holdings/addresses.ts';
import { type AnswerWatch, createAnswerWatch } from './holdings/answer-watch.ts';
import { createRouting, type Routing } from './holdings/routing.ts';
import { createVirtualMacs, type VirtualMacs } from './holdings/virtual-macs.ts';
import type { CurrentHost } from './host/host.ts';
import type { SightedInput } from './host/sight.ts';
import { createPerformer, type Perform } from './performer.ts';
import type { Ports } from './ports.ts';
import { createHearing } from './protocol/hearing.ts';
import { createKeyring, type Keyring } from './protocol/keyring.ts';
import type { Strays } from './protocol/strays.ts';
import { type Claims, createClaims } from './rivals/claims.ts';
import { createLocator } from './rivals/locating.ts';
import type { Router } from './router.ts';
import { createSightings } from './sightings.ts';
import { createSockets, type SocketReport, type Sockets } from './sockets.ts';
import type { Tracking } from './tracking/tracking.ts';

/** What the parts report. */
export type Report = SocketReport | SightedInput | HoldingsReport | ClockReport;

export type Parts = {
  readonly announcer: Announcer;
  readonly keyring: Keyring;
  readonly holdings: Holdings;
  readonly answers: AnswerWatch;
  readonly virtualMacs: VirtualMacs;
  readonly routing: Routing;
  readonly sockets: Sockets;
  readonly advertise: Advertise;
  /** Announces this host's own address to a router's peers. */
  readonly announceOwn: (router: Router['config']) => void;
  readonly claims: Claims;
  readonly perform: Perform;
  readonly clockwork: Clockwork;
};

type PartsOptions = {
  readonly config: VrrpConfig;
  readonly ports: Ports;
  readonly routers: ReadonlyMap<string, Router>;
  readonly tracking: Tracking;
  readonly strays: Strays;
  readonly current: CurrentHost;
  readonly emit: (event: VrrpEventBody) => void;
  readonly report: (report: Report) => void;
};

export const createParts = (options: PartsOptions): Parts => {
  const { config, ports, routers, tracking, strays, current, emit, report } = options;
  const held = { routers: config.routers, ports, emit };
  const announcer = createAnnouncer(config, ports, emit);
  const keyring = createKeyring(ports, emit);
  const holdings = createHoldings({ ...held, report });
  const virtualMacs = createVirtualMacs(held);
  const routing = createRouting(held);
  const refusalOf = ({ name }: Router['config']): string | undefined => {
    const router = routers.get(name);
    return router && keyring.learn(router);
  };
  const sightings = createSightings({ routers, ports, current, locate: createLocator(ports), emit, report });
  const hear = createHearing({ routers, ports, strays, emit, take: sightings.hear });
  const sockets = createSockets({ config, ports, emit, refusalOf, hear, report });
  const advertise = createAdvertiser(ports, sockets.of, emit);
  return {
    announcer,
    keyring,
    holdings,
    answers: createAnswerWatch({ ports, emit, report }),
    virtualMacs,
    routing,
    sockets,
    advertise,
    announceOwn: createOwnAnnouncement(ports, sockets.of),
    claims: createClaims({ routers: config.routers, ports, placesOf: announcer.targetsOf, emit, see: sightings.see }),
    perform: createPerformer({ routers, ports, emit, routing, virtualMacs, holdings, announcer, advertise }),
    clockwork: createClockwork({ ports, current, tracking, announcer, report }),
  };
};
