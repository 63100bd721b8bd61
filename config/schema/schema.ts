// The configuration's keys, their defaults, and their conversion to the model.

import { z } from 'zod';
import type { DirectorConfig } from '../model/model.ts';
import { connectionSync, ipvsTimeouts } from './ipvs-schema.ts';
import { log, logFileKeys, logKeys, logLevelsKeys } from './log-schema.ts';
import { metrics, metricsKeys, notification, notificationKeys } from './notification-schema.ts';
import { peers, peersKeys } from './peers-schema.ts';
import { knownServiceKeys, service } from './service-schema.ts';
import { flag, globs, name } from './values.ts';
import { knownVrrpKeys, vrrp } from './vrrp-schema.ts';

const directorKeys = {
  // Already resolved before validation, unless its shape is wrong (include.ts).
  include: globs()
    .optional()
    .meta({
      description:
        'Other files, from where this one lies: mappings are merged, lists put together, and a value may be given once.',
      example: ['conf.d/*.yaml'],
    }),
  director: name().meta({ description: 'What logs, metrics and notifications call this host.', example: 'lb0' }),
  vrrp: vrrp.describe('Virtual routers, and what they track.'),
  virtual_services: z.array(service).default([]).describe('What the kernel (IPVS) spreads over real servers.'),
  connection_sync: connectionSync
    .optional()
    .describe('The kernels of the directors tell each other of connections, so that these outlive a failover.'),
  ipvs_timeouts: ipvsTimeouts
    .prefault({})
    .describe('How long IPVS keeps a silent connection. What is not given stays as the kernel has it.'),
  log: log.prefault({}).describe('What is logged, how, and where to.'),
  peers: peers.optional().describe('The other directors, which receive drains and weights by command.'),
  notifications: z.array(notification).default([]).describe('Who is told what happens.'),
  metrics: metrics.optional().describe('A port of the loopback for Prometheus.'),
  watch: flag().default(false).describe('Whether a saved configuration file is applied at once.'),
};

/** Reads one director's configuration; rules that span several values are separate (rules.ts). */
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
export const knownKeys: ReadonlyMap<string, Readonly<Record<string, z.ZodType>>> = new Map(
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
  }),
);
