// The defaults of keepalived 2.2.7 in regent's terms, for each key with a default. The import writes out those that differ.

export type Default = {
  /** The key's dotted path. */
  readonly key: string;
  /** Absent if keepalived has no such setting, so that regent's own applies. */
  readonly keepalived?: unknown;
  /** Why regent's default stays although keepalived's differs. */
  readonly purpose?: string;
};

const theirs = (key: string, keepalived: unknown): Default => ({ key, keepalived });
const own = (key: string): Default => ({ key });
const kept = (key: string, keepalived: unknown, purpose: string): Default => ({ key, keepalived, purpose });

const routers: readonly Default[] = [
  theirs('vrrp.routers.version', 2),
  theirs('vrrp.routers.priority', 100),
  own('vrrp.routers.releases_addresses'),
  own('vrrp.routers.shares_addresses'),
  theirs('vrrp.routers.advertisement_interval', '1s'),
  theirs('vrrp.routers.down_after', 3),
  theirs('vrrp.routers.preempt', true),
  theirs('vrrp.routers.preempt_delay', '0s'),
  theirs('vrrp.routers.start_delay', '0s'),
  theirs('vrrp.routers.checksum', 'rfc5798'),
  theirs('vrrp.routers.virtual_mac', false),
  theirs('vrrp.routers.accept', true),
  theirs('vrrp.routers.announce_every', '0s'),
  theirs('vrrp.routers.check_source', false),
  theirs('vrrp.routers.min_ttl', 1),
  theirs('vrrp.routers.address_mismatch', 'accept'),
  kept('vrrp.routers.lease', 'off', 'a dead master must not keep its addresses'),
  own('vrrp.routers.authentication.mode'),
  theirs('vrrp.routers.routes.type', 'unicast'),
  theirs('vrrp.routers.routes.table', 254),
  theirs('vrrp.routers.routes.on_link', false),
  kept('vrrp.routers.rules.priority', 'counted down from 16384', 'it is written to every rule'),
  own('vrrp.hold'),
  kept('vrrp.announce_rate', 'no limit', 'switches drop what comes faster'),
];

const trackers: readonly Default[] = [
  theirs('vrrp.scripts.interval', '1s'),
  theirs('vrrp.scripts.rise', 1),
  theirs('vrrp.scripts.fall', 1),
  theirs('vrrp.scripts.weight', 0),
  theirs('vrrp.processes.quorum', 1),
  theirs('vrrp.processes.weight', 0),
  theirs('vrrp.files.weight', 1),
  theirs('vrrp.bfd.min_tx', '10ms'),
  theirs('vrrp.bfd.min_rx', '10ms'),
  theirs('vrrp.bfd.multiplier', 5),
];

const services: readonly Default[] = [
  theirs('virtual_services.protocol', 'udp'),
  theirs('virtual_services.scheduler', 'wlc'),
  theirs('virtual_services.forwarding', 'masq'),
  theirs('virtual_services.family', 'ipv4'),
  theirs('virtual_services.one_packet', false),
  own('virtual_services.snat'),
  theirs('virtual_services.drain_timeout', '0s'),
  theirs('virtual_services.panic_threshold', 0),
  theirs('virtual_services.inhibit', false),
  theirs('virtual_services.quorum', 1),
  theirs('virtual_services.hysteresis', 0),
  own('virtual_services.slow_start'),
  theirs('virtual_services.max_connections', 0),
  theirs('virtual_services.resume_connections', 0),
  theirs('virtual_services.persistence.timeout', '360s'),
  theirs('virtual_services.tunnel.type', 'ipip'),
  theirs('virtual_services.tunnel.checksum', 'none'),
  theirs('virtual_services.real_servers.weight', 1),
  own('virtual_services.real_servers.standby'),
  theirs('virtual_services.sorry_server.weight', 1),
];

const checks: readonly Default[] = [
  theirs('check.interval', '60s'),
  theirs('check.timeout', '5s'),
  theirs('check.rise', 1),
  theirs('check.fall', 2),
  own('check.half_open'),
  theirs('check.http.method', 'GET'),
  theirs('check.http.path', '/'),
  theirs('check.http.expected_status', ['200-299']),
  theirs('check.http.follow_redirects', 0),
  theirs('check.http.keep_alive', false),
  theirs('check.http.strict', false),
  theirs('check.dns.transport', 'udp'),
  theirs('check.dns.query_name', '.'),
  theirs('check.dns.record_type', 'SOA'),
  theirs('check.dns.expected_rcode', 'NOERROR'),
  theirs('check.udp.silence', 'passes'),
  theirs('check.smtp.security', 'none'),
  theirs('check.ping.size', 128),
  theirs('check.script.weight_from_output', false),
  theirs('check.script.weight_from_status', false),
];

const synchronisation: readonly Default[] = [
  theirs('connection_sync.max_length', 1472),
  theirs('connection_sync.group', '224.0.0.81'),
  theirs('connection_sync.port', 8848),
  theirs('connection_sync.ttl', 1),
  kept('connection_sync.refresh', 'what the kernel has', 'so that idle connections are known to a new master'),
  own('connection_sync.preempt_wait'),
];

export const defaults: readonly Default[] = [...routers, ...trackers, ...services, ...checks, ...synchronisation];
