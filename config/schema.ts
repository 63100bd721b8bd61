// The configuration's keys, their defaults, and how they become the model.

import { z } from 'zod';
import { log, logFileKeys, logKeys, logLevelsKeys } from './log-schema.ts';
import type { DirectorConfig } from './model.ts';
import { metrics, metricsKeys, notification, notificationKeys } from './notification-schema.ts';
import { peers, peersKeys } from './peers-schema.ts';
import { connectionSync, ipvsTimeouts, knownServiceKeys, service } from './service-schema.ts';
import { flag, globs, name } from './values.ts';
import { knownVrrpKeys, vrrp } from './vrrp-schema.ts';

const directorKeys = {
  // Gone by the time that a document is judged, unless it is of a wrong shape (include.ts).
  include: globs().optional(),
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
    ...knownVrrpKeys,
    ...knownServiceKeys,
    log: logKeys,
    'log.levels': logLevelsKeys,
    'log.file': logFileKeys,
    peers: peersKeys,
    notifications: notificationKeys,
    metrics: metricsKeys,
  }).map(([path, keys]) => [path, Object.keys(keys)]),
);
