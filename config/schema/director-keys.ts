// The keys of the file itself.

import { connectionSync, ipvsTimeouts } from './ipvs-keys.ts';
import { optional, required, withDefault } from './kind.ts';
import { log } from './log-keys.ts';
import { metrics, notification } from './notification-keys.ts';
import { peers } from './peers-keys.ts';
import { service } from './service-keys.ts';
import { list, mapping } from './structure.ts';
import { flag, globs, name } from './values.ts';
import { vrrp } from './vrrp-keys.ts';

const extension = /^x-/;

const directorKeys = {
  // Already resolved before validation, unless its shape is wrong (include.ts).
  include: optional(
    globs(),
    'Other files, from where this one lies: mappings are merged, lists put together, and a value may be given once.',
    { example: ['conf.d/*.yaml'] },
  ),
  director: required(name(), 'What logs, metrics and notifications call this host.', { example: 'lb0' }),
  vrrp: required(vrrp, 'Virtual routers, and what they track.'),
  virtual_services: withDefault(list(service), [], 'What the kernel (IPVS) spreads over real servers.'),
  connection_sync: optional(
    connectionSync,
    'The kernels of the directors tell each other of connections, so that these outlive a failover.',
  ),
  ipvs_timeouts: withDefault(
    ipvsTimeouts,
    {},
    'How long IPVS keeps a silent connection. What is not given stays as the kernel has it.',
  ),
  log: withDefault(log, {}, 'What is logged, how, and where to.'),
  peers: optional(peers, 'The other directors, which receive drains and weights by command.'),
  notifications: withDefault(list(notification), [], 'Who is told what happens.'),
  metrics: optional(metrics, 'A port of the loopback for Prometheus.'),
  watch: withDefault(flag(), false, 'Whether a saved configuration file is applied at once.'),
};

/** Keys of the file that hold anchors alone, as in Compose: their values are not read. */
export const isExtension = (key: string): boolean => extension.test(key);

/** The file: the whole configuration of one director. */
export const director = mapping(directorKeys, { ignored: extension });
