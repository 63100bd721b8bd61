// The keys of virtual services.

import { families } from '../../net/ip-address.ts';
import { checksKeys } from './check-keys.ts';
import { defaultOf, optional, required, withDefault } from './kind.ts';
import { forwardingMethods, realServer, sorryServer, tunnel } from './server-keys.ts';
import { percentage, serviceAddresses } from './service-values.ts';
import { list, mapping } from './structure.ts';
import { choice, duration, flag, name, whole } from './values.ts';

const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
  'twos',
] as const;

const firewallMark = () => whole(1, 0xffff_ffff);

const persistenceKeys = {
  timeout: withDefault(duration('positive'), '5m', 'How long a client keeps its server after its last connection.'),
  granularity: optional(
    whole(1, 128),
    'Clients whose addresses agree in this many bits share a server. Without it each has its own.',
    { unit: 'bits', example: 24 },
  ),
  engine: optional(choice(['sip']), 'sip: each call keeps its server, identified by its Call-ID (udp).'),
};

const persistence = mapping(persistenceKeys);

const drainTimeout = withDefault(
  duration('zero'),
  '10s',
  'How long a failed server may keep its connections before its destination is removed.',
);

/** Also for entries that are no longer configured. */
export const defaultDrainTimeout = defaultOf(drainTimeout);

const serviceKeys = {
  name: required(name(), 'Its name in commands, logs and metrics.', { example: 'web' }),
  address: optional(
    serviceAddresses(),
    'The address and port that clients connect to, or a range of addresses. Without a port, all ports, which needs persistence.',
    { example: '192.168.55.100:80' },
  ),
  addresses: optional(list(serviceAddresses(), 1), 'More addresses.', {
    example: ['192.168.55.100:443', '192.168.55.101-109:80'],
  }),
  firewall_marks: optional(
    list(firewallMark(), 1),
    'Packets with such a firewall mark, besides or instead of addresses.',
    { example: [7] },
  ),
  family: withDefault(choice(families), 'ipv4', 'Of the packets with firewall_marks.'),
  protocol: withDefault(
    choice(['tcp', 'udp', 'sctp']),
    'tcp',
    'Of its connections; packets with firewall_marks may be of any.',
  ),
  scheduler: withDefault(
    choice(schedulers),
    'wrr',
    "How connections are spread: the kernel's ip_vs_* modules. sed, nq and ovf count established connections only, so all UDP traffic goes to one server.",
  ),
  scheduler_flags: withDefault(
    list(choice(['fallback', 'port'])),
    [],
    'Of sh and mh. fallback: clients of a draining or full server go to another; without it they are refused. port: a client is identified by its port, too.',
    { example: ['fallback'] },
  ),
  one_packet: withDefault(flag(), false, 'Each datagram is scheduled by itself (udp).'),
  persistence: optional(persistence, 'A client keeps its server; {} for the defaults.'),
  forwarding: withDefault(
    choice(forwardingMethods),
    'masq',
    'How packets reach the servers: masquerading (NAT), direct routing, or a tunnel.',
  ),
  tunnel: withDefault(tunnel, {}, 'With forwarding by tunnel.'),
  snat: withDefault(
    flag(),
    false,
    "Rewrite the client's address too (FULLNAT), so that replies return through this director whatever the servers' routes. It hides clients from the servers, and allows about 64,000 connections for each server.",
  ),
  ...checksKeys,
  drain_timeout: drainTimeout,
  inhibit: withDefault(
    flag(),
    false,
    'Whether a server that failed, or was not probed yet, stays in the table with weight 0, so that the order of servers, by which mh chooses, never changes.',
  ),
  quorum: withDefault(
    whole(1, 0xffff_ffff),
    1,
    'The least sum of weights of healthy servers; below it, standby servers or the sorry server take over.',
    { unit: 'weight' },
  ),
  hysteresis: withDefault(
    whole(0, 0xffff_ffff),
    0,
    'The quorum is regained at quorum plus this, and lost below quorum minus this.',
    { unit: 'weight' },
  ),
  // So that an isolated director, which finds every server failed, returns with its table whole.
  panic_threshold: withDefault(
    percentage(),
    '1%',
    'With a smaller share of healthy servers all servers that were healthy before are used, since the checks may be at fault; 0 for never.',
  ),
  slow_start: withDefault(
    duration('zero'),
    '0s',
    'How long a recovered server takes to come back to its weight; 0s for at once.',
  ),
  max_connections: withDefault(whole(0, 0xffff_ffff), 0, 'A server with this many gets no new ones; 0 for no limit.', {
    unit: 'connections',
  }),
  resume_connections: withDefault(
    whole(0, 0xffff_ffff),
    0,
    'A server that was full gets new ones below this; 0 for three quarters of the limit.',
    { unit: 'connections' },
  ),
  sorry_server: optional(
    sorryServer,
    'Takes the connections when the quorum is lost and no standby server is healthy. It is not checked.',
  ),
  real_servers: required(list(realServer), 'The servers that take the connections.'),
};

export const service = mapping(serviceKeys);
