// The keys of the file itself.

import { anycast } from './anycast-keys.ts';
import { connectionSync, ipvsTimeouts } from './ipvs-keys.ts';
import { optional, required, withDefault } from './kind.ts';
import { log } from './log-keys.ts';
import { metrics } from './metrics-keys.ts';
import { notification } from './notification-keys.ts';
import { peers } from './peers-keys.ts';
import { service } from './service-keys.ts';
import { splitBrain } from './split-brain-keys.ts';
import { list, mapping } from './structure.ts';
import { flag, globs, name } from './values.ts';
import { vrrp } from './vrrp-keys.ts';

const extension = /^x-/;

/** A file without any of them is a mistake, such as an include that matches no file. */
const purposes = {
  keys: ['vrrp', 'virtual_services', 'anycast'],
  message: 'a director needs vrrp, virtual_services or anycast',
} as const;

const directorKeys = {
  // Already resolved before validation, unless its shape is wrong (include.ts).
  include: optional(
    globs(),
    'Other files, relative to this one: mappings are merged, lists concatenated, and each value may be given once.',
    { example: ['conf.d/*.yaml'] },
  ),
  director: required(name(), 'Name of this host in logs, metrics and notifications.', { example: 'lb0' }),
  cluster: optional(
    name(),
    'Name in metrics of the directors that stand in for each other, the same on all of them. Without it their first virtual address.',
    { example: 'edge-berlin' },
  ),
  vrrp: withDefault(vrrp, {}, 'Virtual routers, and the items they track.'),
  anycast: optional(
    anycast,
    'Addresses that several directors serve at once: a routing daemon announces them to routers, which spread connections over the directors.',
  ),
  virtual_services: withDefault(
    list(service),
    [],
    'Services whose connections the kernel (IPVS) spreads over real servers.',
  ),
  connection_sync: optional(
    connectionSync,
    "The directors' kernels send each other their connections, so that these survive a failover.",
  ),
  ipvs_timeouts: withDefault(
    ipvsTimeouts,
    {},
    "How long IPVS keeps an idle connection. Those not given keep the kernel's value.",
  ),
  log: withDefault(log, {}, 'What is logged, in which format, and where.'),
  peers: optional(
    peers,
    'The other directors: commands, heartbeats, established connections and settings to compare are exchanged with them.',
  ),
  split_brain: optional(splitBrain, 'What follows when this director and a peer may both be master.'),
  notifications: withDefault(list(notification), [], 'Scripts, webhooks and FIFOs that are notified of changes.'),
  metrics: optional(metrics, 'A port for Prometheus and probes.'),
  watch: withDefault(flag(), false, 'Whether the configuration file is applied whenever it is saved.'),
};

/** Keys of the file that hold anchors alone, as in Compose: their values are not read. */
export const isExtension = (key: string): boolean => extension.test(key);

/** The file: the whole configuration of one director. */
export const director = mapping(directorKeys, { ignored: extension, anyOf: purposes });
