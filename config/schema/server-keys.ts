// The keys of real servers and of their tunnels.

import { checksKeys } from './check-keys.ts';
import { optional, required, withDefault } from './kind.ts';
import { serverAddress } from './service-values.ts';
import { mapping } from './structure.ts';
import { choice, flag, name, whole } from './values.ts';

export const forwardingMethods = ['masq', 'direct', 'tunnel'] as const;

/** The port of `ip fou add port 6080 gue` in the manuals. */
export const guePort = 6080;

const tunnelKeys = {
  type: withDefault(
    choice(['ipip', 'gue', 'gre']),
    'ipip',
    'The encapsulation of packets; the servers must decapsulate them.',
  ),
  port: optional(whole(1, 65_535), `UDP port of type gue. Without it ${guePort}.`, { example: 6081 }),
  checksum: withDefault(
    choice(['none', 'full', 'remote']),
    'none',
    'Of the outer packet, with types gue and gre: none, full, or remote offload (gue alone).',
  ),
};

export const tunnel = mapping(tunnelKeys, { id: 'tunnel' });

const sorryServerKeys = {
  name: optional(name(), 'Its name in commands, logs and metrics. Without it address:port.', { example: 'rs0' }),
  address: required(serverAddress(), "Address, and port where it differs from the service's, which only masq allows.", {
    example: '192.168.66.111:80',
  }),
  weight: withDefault(whole(1, 65_535), 1, 'Its share of connections relative to the others.'),
  forwarding: optional(choice(forwardingMethods), "Instead of the service's."),
  tunnel: optional(tunnel, "Instead of the service's."),
};

const realServerKeys = {
  ...sorryServerKeys,
  weight: withDefault(whole(0, 65_535), 1, 'Its share of connections relative to the others; 0: no new ones.'),
  max_connections: optional(whole(0, 0xffff_ffff), "Instead of the service's.", { unit: 'connections', example: 1000 }),
  resume_connections: optional(whole(0, 0xffff_ffff), "Instead of the service's.", {
    unit: 'connections',
    example: 750,
  }),
  inhibit: optional(flag(), "Instead of the service's."),
  standby: withDefault(flag(), false, 'It takes connections only while the others have lost their quorum.'),
  ...checksKeys,
};

export const sorryServer = mapping(sorryServerKeys);
export const realServer = mapping(realServerKeys);
