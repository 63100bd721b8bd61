// The keys of the section `vrrp`, their defaults, and how they become the model.

import { z } from 'zod';
import type { AuthenticationConfig, RouterConfig, VrrpConfig } from './model.ts';
import {
  bfdKeys,
  fileKeys,
  processKeys,
  scriptKeys,
  trackedKeys,
  trackKeys,
  trackList,
  trackTimes,
} from './tracking-schema.ts';
import { type Milliseconds, milliseconds } from './units.ts';
import {
  choice,
  cidr,
  duration,
  familyOf,
  filePath,
  flag,
  interfaceName,
  ipAddress,
  name,
  text,
  whole,
} from './values.ts';

const seconds = (count: number) => milliseconds(count * 1000);

// Which of them belong to which type is a rule of its own (vrrp-rules.ts).
const authenticationKeys = {
  type: choice(['password', 'hmac']),
  password: text(1, 8).optional(),
  key_file: filePath().optional(),
  window: duration('positive').optional(),
  mode: choice(['enforce', 'permissive', 'receive_only']).default('enforce'),
};

/** Three intervals, but 5 s at least, as keepalived's. */
const defaultWindow = (interval: Milliseconds): Milliseconds => milliseconds(Math.max(3 * interval, 5000));

const authenticationOf = (
  raw: z.output<z.ZodObject<typeof authenticationKeys>>,
  interval: Milliseconds,
): AuthenticationConfig =>
  raw.type === 'password'
    ? { type: 'password', password: raw.password ?? '' }
    : { type: 'hmac', keyFile: raw.key_file ?? '', window: raw.window ?? defaultWindow(interval), mode: raw.mode };

const routerKeys = {
  name: name(),
  interface: interfaceName(),
  version: choice([3, 2]).default(3),
  virtual_router_id: whole(1, 255),
  priority: whole(1, 255).default(100),
  // What each version can carry is a rule of its own (vrrp-rules.ts).
  advertisement_interval: duration('positive').default(seconds(1)),
  down_after: whole(1, 100).default(3),
  preempt: flag().default(true),
  ...trackTimes,
  track: trackList,
  checksum: choice(['rfc5798', 'rfc9568']).default('rfc5798'),
  addresses: z.array(cidr()).min(1),
  lease: choice(['auto', 'off']).default('auto'),
  announce_every: duration('zero').default(seconds(60)),
  source: ipAddress().optional(),
  peers: z.array(ipAddress()).default([]),
  multicast: flag().optional(),
  check_source: flag().default(true),
  min_ttl: whole(1, 255).default(255),
  authentication: z.strictObject(authenticationKeys).optional(),
  address_mismatch: choice(['accept', 'drop']).default('accept'),
};

const router = z.strictObject(routerKeys).transform(
  (raw): RouterConfig => ({
    name: raw.name,
    interface: raw.interface,
    family: familyOf(raw.addresses[0]?.address ?? ''),
    ...(raw.source !== undefined && { source: raw.source }),
    peers: raw.peers,
    multicast: raw.multicast ?? raw.peers.length === 0,
    checkSource: raw.check_source,
    minTtl: raw.min_ttl,
    ...(raw.authentication && { authentication: authenticationOf(raw.authentication, raw.advertisement_interval) }),
    addressMismatch: raw.address_mismatch,
    version: raw.version,
    virtualRouterId: raw.virtual_router_id,
    priority: raw.priority,
    advertisementInterval: raw.advertisement_interval,
    downAfter: raw.down_after,
    preempt: raw.preempt,
    preemptDelay: raw.preempt_delay,
    startDelay: raw.start_delay,
    track: raw.track,
    checksum: raw.checksum,
    addresses: raw.addresses,
    lease: raw.lease === 'auto',
    announceEvery: raw.announce_every,
  }),
);

const groupKeys = { name: name(), routers: z.array(name()).min(1), track: trackList };

const vrrpKeys = {
  routers: z.array(router),
  groups: z.array(z.strictObject(groupKeys)).default([]),
  hold: duration('zero').default(seconds(10)),
  announce_rate: whole(1, 100_000).default(500),
  ...trackedKeys,
};

export const vrrp = z
  .strictObject(vrrpKeys)
  .transform(({ announce_rate: announceRate, ...raw }): VrrpConfig => ({ ...raw, announceRate }));

/** The keys of this section's mappings by their path. */
export const knownVrrpKeys = {
  vrrp: vrrpKeys,
  'vrrp.routers': routerKeys,
  'vrrp.routers.authentication': authenticationKeys,
  'vrrp.groups': groupKeys,
  'vrrp.routers.track': trackKeys,
  'vrrp.groups.track': trackKeys,
  'vrrp.scripts': scriptKeys,
  'vrrp.processes': processKeys,
  'vrrp.files': fileKeys,
  'vrrp.bfd': bfdKeys,
};
