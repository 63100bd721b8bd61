// The configuration's keys, their defaults, and how they become the model.

import { z } from 'zod';
import { log, logFileKeys, logKeys, logLevelsKeys } from './log-schema.ts';
import type { DirectorConfig, RouterConfig, VrrpConfig } from './model.ts';
import { metrics, metricsKeys, notification, notificationKeys } from './notification-schema.ts';
import { peers, peersKeys } from './peers-schema.ts';
import { connectionSync, ipvsTimeouts, knownServiceKeys, service } from './service-schema.ts';
import { milliseconds } from './units.ts';
import { choice, cidr, duration, flag, interfaceName, name, whole } from './values.ts';

const seconds = (count: number) => milliseconds(count * 1000);

const routerKeys = {
  name: name(),
  interface: interfaceName(),
  version: choice([3, 2]).default(3),
  virtual_router_id: whole(1, 255),
  priority: whole(1, 255).default(100),
  // What each version can carry is a rule of its own (rules.ts).
  advertisement_interval: duration('positive').default(seconds(1)),
  down_after: whole(1, 100).default(3),
  preempt: flag().default(true),
  checksum: choice(['rfc5798', 'rfc9568']).default('rfc5798'),
  addresses: z.array(cidr()).min(1),
  lease: choice(['auto', 'off']).default('auto'),
  announce_every: duration('zero').default(seconds(60)),
};

const router = z.strictObject(routerKeys).transform(
  (raw): RouterConfig => ({
    name: raw.name,
    interface: raw.interface,
    version: raw.version,
    virtualRouterId: raw.virtual_router_id,
    priority: raw.priority,
    advertisementInterval: raw.advertisement_interval,
    downAfter: raw.down_after,
    preempt: raw.preempt,
    checksum: raw.checksum,
    addresses: raw.addresses,
    lease: raw.lease === 'auto',
    announceEvery: raw.announce_every,
  }),
);

const groupKeys = { name: name(), routers: z.array(name()).min(1) };

const vrrpKeys = {
  routers: z.array(router),
  groups: z.array(z.strictObject(groupKeys)).default([]),
  hold: duration('zero').default(seconds(10)),
};

const vrrp = z
  .strictObject(vrrpKeys)
  .transform((raw): VrrpConfig => ({ routers: raw.routers, groups: raw.groups, hold: raw.hold }));

const directorKeys = {
  director: name(),
  vrrp,
  virtual_services: z.array(service).default([]),
  connection_sync: connectionSync.optional(),
  ipvs_timeouts: ipvsTimeouts.prefault({}),
  log: log.prefault({}),
  peers: peers.optional(),
  notifications: z.array(notification).default([]),
  metrics: metrics.optional(),
  watch: flag().default(false),
};

/** Reads one director's configuration; what spans several values is checked apart (rules.ts). */
export const directorSchema = z.strictObject(directorKeys).transform(
  (raw): DirectorConfig => ({
    director: raw.director,
    vrrp: raw.vrrp,
    virtualServices: raw.virtual_services,
    ...(raw.connection_sync !== undefined && { connectionSync: raw.connection_sync }),
    ipvsTimeouts: raw.ipvs_timeouts,
    log: raw.log,
    ...(raw.peers && { peers: raw.peers }),
    notifications: raw.notifications,
    ...(raw.metrics && { metrics: raw.metrics }),
    watch: raw.watch,
  }),
);

/** The keys that a mapping may have, by its path without list indices, joined by dots. */
export const knownKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    '': directorKeys,
    vrrp: vrrpKeys,
    'vrrp.routers': routerKeys,
    'vrrp.groups': groupKeys,
    ...knownServiceKeys,
    log: logKeys,
    'log.levels': logLevelsKeys,
    'log.file': logFileKeys,
    peers: peersKeys,
    notifications: notificationKeys,
    metrics: metricsKeys,
  }).map(([path, keys]) => [path, Object.keys(keys)]),
);
