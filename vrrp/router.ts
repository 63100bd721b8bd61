// One virtual router of this host: its data besides its state in the election, and its status.

import type { Bucket } from '../base/tokens.ts';
import { elapsed, type Instant, type Milliseconds, milliseconds } from '../base/units.ts';
import type { ChecksumDialect, RouterConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import { describeRoute } from '../kernel/route/virtual-routes.ts';
import { describeRule } from '../kernel/route/virtual-rules.ts';
import { vrrpGroups } from '../kernel/sockets/vrrp-group.ts';
import type { Endpoints } from '../net/checksum.ts';
import { type IpAddress, isLinkLocal } from '../net/ip-address.ts';
import { masterDownInterval, type RouterState, type Self } from './election/election.ts';
import type { NewMasterReason } from './election/reason.ts';
import { leaseOf } from './holdings/desired.ts';
import { type LatenessCount, noLateness, tallyOf } from './lateness.ts';
import type { DropReason, Mismatch } from './protocol/drop-reason.ts';
import { encodeAdvertisement } from './protocol/packet.ts';
import { type Refusal, recentRefusals } from './protocol/refusals.ts';
import { type Key, nextSequence, type ReplayMarks, type Sequence, sealMessage } from './protocol/trailer.ts';
import { rivalsOf } from './rivals/rivalry.ts';
import type { RivalWatch } from './rivals/rivals.ts';
import type { ProtocolError, RouterStatus } from './status.ts';
import type { Tracking } from './tracking/tracking.ts';

export type Router = {
  readonly config: RouterConfig;
  /** Its sync group; a router without one is its own group. */
  readonly group: string;
  /** Wall time of the last transition, milliseconds since the epoch, and its reason. */
  since: number;
  /** The same instant by the monotonic clock, from which the duration of its state is computed. */
  changedAt: Instant;
  reason: string;
  heard?: { readonly address: IpAddress; readonly priority: number; readonly dialect?: ChecksumDialect };
  /** The master that was reported last, and how many more may be. */
  reported?: { readonly address: IpAddress; readonly priority: number };
  reports?: Bucket;
  /** The keys of its packets, where the first one signs; none while they cannot be read. */
  keys: readonly Key[];
  /** The last sequence sent, and the last ones heard. */
  sequence?: Sequence;
  marks: ReplayMarks;
  /** Wall time since which this router counts, milliseconds since the epoch. */
  readonly countedSince: number;
  sent: number;
  received: number;
  farewellsSent: number;
  farewellsReceived: number;
  /** Why the last advertisement to a destination was not sent, if it was not. */
  readonly sendErrors: Map<string, string>;
  /** What differed in accepted advertisements, and what was already reported of it, by source. */
  readonly mismatched: Partial<Record<Mismatch, number>>;
  readonly mismatchesTold: Map<string, string>;
  mismatchReports?: Bucket;
  readonly dropped: Partial<Record<DropReason, number>>;
  /** The last advertisement of each source that is dropped or belongs to another pair; bounded. */
  readonly refusals: Map<string, Refusal>;
  toMaster: number;
  newMasterReason: NewMasterReason;
  protocolError: ProtocolError;
  worstLateness: Milliseconds;
  readonly advertisementLateness: LatenessCount;
};

const keyFileOf = ({ authentication }: RouterConfig): string | undefined =>
  authentication?.type === 'hmac' ? authentication.keyFile : undefined;

/** The time by both clocks; the wall's in milliseconds since the epoch. */
export type Times = { readonly now: Instant; readonly wall: number };

/** @param predecessor the same virtual router under an earlier configuration. */
export const createRouter = (
  config: RouterConfig,
  group: string,
  { now, wall }: Times,
  predecessor?: Router,
): Router => ({
  since: wall,
  changedAt: now,
  reason: 'not started',
  keys: [],
  marks: new Map(),
  countedSince: wall,
  sent: 0,
  received: 0,
  farewellsSent: 0,
  farewellsReceived: 0,
  sendErrors: new Map(),
  mismatched: {},
  mismatchesTold: new Map(),
  dropped: {},
  refusals: new Map(),
  toMaster: 0,
  newMasterReason: 'not-master',
  protocolError: 'none',
  worstLateness: milliseconds(0),
  advertisementLateness: noLateness(),
  ...predecessor,
  // Keys belong to their file.
  ...(keyFileOf(config) !== (predecessor && keyFileOf(predecessor.config)) && { keys: [], marks: new Map() }),
  config,
  group,
});

/** Where a router's advertisements go: to the group, to its peers, or to both during a migration. */
export const destinationsOf = ({ multicast, family, peers }: RouterConfig): readonly IpAddress[] =>
  multicast ? [vrrpGroups[family], ...peers] : peers;

/** RFC 9568 5.2.9: a link-local address comes first. */
const linkLocalFirst = (addresses: readonly IpAddress[]): IpAddress[] => [
  ...addresses.filter(isLinkLocal),
  ...addresses.filter((address) => !isLinkLocal(address)),
];

type Seal = (message: Uint8Array) => Uint8Array;

/** Encodes a router's advertisement; priority 0 is the farewell. */
export const encodeFrom = (config: RouterConfig, endpoints: Endpoints, priority: number, seal?: Seal): Uint8Array => {
  const { version, virtualRouterId, advertisementInterval: interval, authentication, checksum: dialect } = config;
  const addresses = linkLocalFirst(config.addresses.map(({ address }) => address));
  const password = authentication?.type === 'password' ? authentication.password : undefined;
  const advertisement = { version, virtualRouterId, priority, interval, addresses };
  return encodeAdvertisement(advertisement, endpoints, { dialect, password, seal });
};

/** Whether a router's packets carry a trailer. */
export const signs = ({ authentication }: RouterConfig): boolean =>
  authentication?.type === 'hmac' && authentication.mode !== 'receive_only';

/** Makes the trailer of a router's next packet; undefined if it has none. */
export const sealOf = (router: Router, source: IpAddress, wall: number): Seal | undefined => {
  const { authentication } = router.config;
  const key = router.keys[0];
  if (!signs(router.config) || authentication?.type !== 'hmac' || key === undefined) return undefined;
  const sequence = nextSequence(router.sequence, wall, Math.ceil(authentication.window / 1000));
  router.sequence = sequence;
  return (message) => sealMessage(message, source, key, sequence);
};

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
    ...(state.name === 'candidate' && lasted > masterDown && { stuck: true as const }),
    ...(self.heldBack !== undefined && { heldBack: self.heldBack }),
    ...(self.restraint !== undefined && { restraint: self.restraint }),
    ...('withheld' in state && { withheld: true as const }),
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
