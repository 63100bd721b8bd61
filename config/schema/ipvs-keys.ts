// The keys of `connection_sync` and `ipvs_timeouts`: kernel IPVS settings for all services.

import { optional, required, withDefault } from './kind.ts';
import { multicastGroup } from './service-values.ts';
import { mapping } from './structure.ts';
import { duration, interfaceName, whole } from './values.ts';

const connectionSyncKeys = {
  interface: required(interfaceName(), 'The interface on which the directors exchange connections.', {
    example: 'enp0s8',
  }),
  sync_id: required(whole(0, 255), 'The same on all directors of one set of services.', { example: 51 }),
  // Short messages leave sooner: at 100 requests a second none was lost in a handover that cost 10 with the kernel's 1472.
  max_length: withDefault(
    whole(68, 65_515),
    100,
    'The longest message, in which the kernel collects connections: short messages leave sooner.',
    { unit: 'bytes' },
  ),
  group: withDefault(multicastGroup(), '224.0.0.81', 'The multicast group that messages are sent to.'),
  port: withDefault(whole(1, 65_535), 8848, 'The UDP port that messages are sent to.'),
  ttl: withDefault(whole(1, 255), 1, 'Hops that messages may take.', { unit: 'hops' }),
  refresh: withDefault(
    duration('positive'),
    '10s',
    'An established connection is sent at most once in this time, unless its state changes.',
  ),
  preempt_wait: withDefault(
    duration('zero'),
    '60s',
    'With `peers`: how long a director waits before it preempts a master whose connections it does not know.',
  ),
};

const timeoutKeys = {
  tcp: optional(duration('positive'), 'Of an established TCP connection.', { example: '15m' }),
  tcp_fin: optional(duration('positive'), 'Of a TCP connection after its first FIN.', { example: '2m' }),
  udp: optional(duration('positive'), 'After the last datagram.', { example: '5m' }),
};

export const connectionSync = mapping(connectionSyncKeys);
export const ipvsTimeouts = mapping(timeoutKeys);
