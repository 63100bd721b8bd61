// The keys of `connection_sync` and `ipvs_timeouts`: kernel IPVS settings for all services.

import { z } from 'zod';
import type { ConnectionSyncConfig, IpvsTimeoutsConfig } from '../model/service-model.ts';
import { multicastGroup } from './service-values.ts';
import { duration, interfaceName, whole } from './values.ts';

export const connectionSyncKeys = {
  interface: interfaceName().meta({ description: 'Where the directors tell each other.', example: 'enp0s8' }),
  sync_id: whole(0, 255).meta({ description: 'The same on all directors of one set of services.', example: 51 }),
  // Short messages leave sooner: at 100 requests a second none was lost in a handover that cost 10 with the kernel's 1472.
  max_length: whole(68, 65_515).default(100).meta({
    description: 'Of a message, in which the kernel gathers connections: short ones leave sooner.',
    unit: 'bytes',
  }),
  group: multicastGroup().prefault('224.0.0.81').describe('The multicast group that messages are sent to.'),
  port: whole(1, 65_535).default(8848).describe('The UDP port that messages are sent to.'),
  ttl: whole(1, 255).default(1).meta({ description: 'How far messages go.', unit: 'hops' }),
  refresh: duration('positive')
    .prefault('10s')
    .describe('An established connection is sent at most once in this time, unless its state changes.'),
  preempt_wait: duration('zero')
    .prefault('60s')
    .describe('With `peers`: how long a director waits to preempt a master that has connections unknown here.'),
};

export const connectionSync = z.strictObject(connectionSyncKeys).transform(
  (raw): ConnectionSyncConfig => ({
    interface: raw.interface,
    syncId: raw.sync_id,
    maxLength: raw.max_length,
    group: raw.group,
    port: raw.port,
    ttl: raw.ttl,
    refresh: raw.refresh,
    preemptWait: raw.preempt_wait,
  }),
);

export const timeoutKeys = {
  tcp: duration('positive').optional().meta({ description: 'Of an established TCP connection.', example: '15m' }),
  tcp_fin: duration('positive')
    .optional()
    .meta({ description: 'Of a TCP connection after its first FIN.', example: '2m' }),
  udp: duration('positive').optional().meta({ description: 'After the last datagram.', example: '5m' }),
};

export const ipvsTimeouts = z.strictObject(timeoutKeys).transform(
  (raw): IpvsTimeoutsConfig => ({
    ...(raw.tcp !== undefined && { tcp: raw.tcp }),
    ...(raw.tcp_fin !== undefined && { tcpFin: raw.tcp_fin }),
    ...(raw.udp !== undefined && { udp: raw.udp }),
  }),
);
