// The status of one router, from its data, its state in the election, and what it tracks. Pure.

import { elapsed, type Instant, milliseconds } from '../base/units.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import { describeRoute } from '../kernel/route/virtual-routes.ts';
import { describeRule } from '../kernel/route/virtual-rules.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { masterDownInterval, type Self } from './election/parameters.ts';
import type { RouterState } from './election/router-state.ts';
import { leaseOf } from './holdings/desired.ts';
import { tallyOf } from './lateness.ts';
import { recentRefusals } from './protocol/refusals.ts';
import { rivalsOf } from './rivals/rivalry.ts';
import type { RivalWatch } from './rivals/rivals.ts';
import { destinationsOf, type Router } from './router.ts';
import type { RouterStatus } from './status.ts';
import type { Tracking } from './tracking/tracking.ts';

export const statusOf = (
  router: Router,
  self: Self,
  state: RouterState,
  watch: RivalWatch,
  isAside: boolean,
  source: IpAddress | undefined,
  tracking: Pick<Tracking, 'judgementOf' | 'trackedBy'>,
  now: Instant,
  wall: number,
): RouterStatus => {
  const { config } = router;
  const judgement = tracking.judgementOf(config.name);
  const listening = 'masterInterval' in state ? state.masterInterval : config.advertisementInterval;
  const masterDown = masterDownInterval(self, listening);
  const lease = leaseOf(config);
  const lasted = milliseconds(Math.max(0, elapsed(router.changedAt, now)));
  const refusals = recentRefusals(router.refusals, config, wall);
  return {
    name: config.name,
    interface: config.interface,
    virtualRouterId: config.virtualRouterId,
    version: config.version,
    family: config.family,
    destinations: destinationsOf(config),
    ...(source !== undefined && { source }),
    priority: self.priority,
    basePriority: judgement.base,
    priorityChanges: judgement.changes,
    faults: judgement.faults,
    awaited: state.name === 'initialize' ? judgement.awaited : [],
    tracked: tracking.trackedBy(config.name),
    state: state.name,
    since: router.since,
    lasted,
    reason: router.reason,
    ...(isAside && { aside: true }),
    ...(state.name === 'candidate' && state.outranked === undefined && lasted > masterDown && { stuck: true as const }),
    ...(self.heldBack !== undefined && { heldBack: self.heldBack }),
    ...(self.restraint !== undefined && { restraint: self.restraint }),
    ...('withheld' in state && state.outranked === undefined && { withheld: true as const }),
    addresses: heldAddresses(config).map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    routes: config.routes.map(describeRoute),
    rules: config.rules.map(describeRule),
    masterDownInterval: masterDown,
    ...(lease !== undefined && { lease }),
    ...(router.heard && { master: router.heard }),
    countedSince: router.countedSince,
    sent: router.sent,
    received: router.received,
    farewellsSent: router.farewellsSent,
    farewellsReceived: router.farewellsReceived,
    dropped: { ...router.dropped },
    ...(refusals.length > 0 && { refusals }),
    mismatched: { ...router.mismatched },
    transitionsToMaster: router.toMaster,
    newMasterReason: router.newMasterReason,
    protocolError: router.protocolError,
    worstLateness: router.worstLateness,
    advertisementLateness: tallyOf(router.advertisementLateness),
    rivals: rivalsOf(watch.rivalry),
    splitBrains: watch.splitBrains,
  };
};
