// One virtual router of this host: its data besides its state in the election, and its advertisements as bytes.

import type { Bucket } from '../base/tokens.ts';
import { type Instant, type Milliseconds, milliseconds } from '../base/units.ts';
import type { ChecksumDialect, RouterConfig } from '../config/model/model.ts';
import { vrrpGroups } from '../kernel/sockets/vrrp-group.ts';
import type { Endpoints } from '../net/checksum.ts';
import { type IpAddress, isLinkLocal } from '../net/ip-address.ts';
import type { NewMasterReason } from './election/reason.ts';
import { type LatenessCount, noLateness } from './lateness.ts';
import type { DropReason, Mismatch } from './protocol/drop-reason.ts';
import { encodeAdvertisement } from './protocol/packet.ts';
import type { Refusal } from './protocol/refusals.ts';
import { type Key, nextSequence, type ReplayMarks, type Sequence, sealMessage } from './protocol/trailer.ts';
import type { ProtocolError } from './status.ts';

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
