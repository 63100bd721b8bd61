// One virtual router of this host: what is kept of it beside its place in the election, and how it shows in status.

import type { ChecksumDialect, RouterConfig } from '../config/model.ts';
import { type Milliseconds, milliseconds } from '../config/units.ts';
import type { Announcements } from './announcement.ts';
import { leaseOf } from './desired.ts';
import { masterDownInterval, type RouterState, type Self } from './election.ts';
import type { RouterStatus } from './messages.ts';
import { type DropReason, encodeAdvertisement, vrrpGroup } from './packet.ts';

export type Router = {
  readonly config: RouterConfig;
  /** Its sync group; a router that is in none is a group of its own. */
  readonly group: string;
  announcements: Announcements;
  /** Wall time of the last transition, milliseconds since the epoch, and its reason. */
  since: number;
  reason: string;
  heard?: { readonly address: string; readonly priority: number; readonly dialect?: ChecksumDialect };
  sent: number;
  received: number;
  readonly dropped: Partial<Record<DropReason, number>>;
  toMaster: number;
  worstLateness: Milliseconds;
};

/** @param heirOf what ran for the same virtual router under an earlier configuration. */
export const createRouter = (config: RouterConfig, group: string, heirOf?: Router): Router => ({
  announcements: { due: [] },
  since: Date.now(),
  reason: 'not started',
  sent: 0,
  received: 0,
  dropped: {},
  toMaster: 0,
  worstLateness: milliseconds(0),
  ...heirOf,
  config,
  group,
});

/** The packet that a router sends from an address, ready for the wire; priority 0 is the farewell. */
export const encodeFrom = (config: RouterConfig, source: string, priority: number): Uint8Array =>
  encodeAdvertisement(
    {
      version: config.version,
      virtualRouterId: config.virtualRouterId,
      priority,
      interval: config.advertisementInterval,
      addresses: config.addresses.map(({ address }) => address),
    },
    { source, destination: vrrpGroup },
    config.checksum,
  );

export const statusOf = (router: Router, self: Self, state: RouterState, isAside: boolean): RouterStatus => {
  const { config } = router;
  const listening = 'masterInterval' in state ? state.masterInterval : config.advertisementInterval;
  const lease = leaseOf(config);
  return {
    name: config.name,
    interface: config.interface,
    virtualRouterId: config.virtualRouterId,
    version: config.version,
    priority: config.priority,
    state: state.name,
    since: router.since,
    reason: router.reason,
    ...(isAside && { aside: true }),
    addresses: config.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    masterDownInterval: masterDownInterval(self, listening),
    ...(lease !== undefined && { lease }),
    ...(router.heard && { master: router.heard }),
    sent: router.sent,
    received: router.received,
    dropped: { ...router.dropped },
    transitionsToMaster: router.toMaster,
    worstLateness: router.worstLateness,
  };
};
