// The keys of real servers and of their tunnels.

import { z } from 'zod';
import { forwardingMethods, type TunnelConfig, tunnelChecksums, tunnelTypes } from '../model/service-model.ts';
import { checksKeys } from './check-schema.ts';
import { serverAddress } from './service-values.ts';
import { choice, flag, name, whole } from './values.ts';

// 6080: the port of `ip fou add port 6080 gue` in the manuals.
const guePort = 6080;
export const plainTunnel: TunnelConfig = { type: 'ipip', port: 0, checksum: 'none' };

export const tunnelKeys = {
  type: choice(tunnelTypes).default('ipip').describe('What packets are wrapped in; the servers must unwrap it.'),
  port: whole(1, 65_535).optional().meta({ description: 'UDP port of type gue. Without it 6080.', example: 6081 }),
  checksum: choice(tunnelChecksums)
    .default('none')
    .describe('Of the outer packet, with types gue and gre: none, full, or remote offload (gue alone).'),
};

export const tunnel = z
  .strictObject(tunnelKeys)
  .transform(
    ({ type, port, checksum }): TunnelConfig => ({ type, port: type === 'gue' ? (port ?? guePort) : 0, checksum }),
  )
  .meta({ id: 'tunnel' });

export const sorryServerKeys = {
  name: name().optional().meta({
    description: 'What commands, logs and metrics call it. Without it address:port.',
    example: 'rs0',
  }),
  address: serverAddress().meta({
    description: "Address, and port where it differs from the service's, which only masq allows.",
    example: '192.168.66.111:80',
  }),
  weight: whole(1, 65_535).default(1).describe('Its share of connections beside those of the others.'),
  forwarding: choice(forwardingMethods).optional().describe("Instead of the service's."),
  tunnel: tunnel.optional().describe("Instead of the service's."),
};

export const realServerKeys = {
  ...sorryServerKeys,
  weight: whole(0, 65_535).default(1).describe('Its share of connections beside those of the others; 0: no new ones.'),
  max_connections: whole(0, 0xffff_ffff).optional().meta({
    description: "Instead of the service's.",
    unit: 'connections',
    example: 1000,
  }),
  resume_connections: whole(0, 0xffff_ffff).optional().meta({
    description: "Instead of the service's.",
    unit: 'connections',
    example: 750,
  }),
  inhibit: flag().optional().describe("Instead of the service's."),
  standby: flag().default(false).describe('It takes connections only while the others have lost their quorum.'),
  ...checksKeys,
};
