// Defaults of regent and keepalived 2.2.7: the import writes keepalived's explicitly, following this table.

/** A key of regent's with a default, and keepalived's meaning without its keyword. */
export type Default = {
  /** The key's dotted path. */
  readonly key: string;
  /** regent's default, as a configuration would write it. */
  readonly regent: unknown;
  /** keepalived's default in regent's terms; absent if keepalived has no such setting, so that regent's own applies. */
  readonly keepalived?: unknown;
  /** Why regent's default stays although keepalived's differs. */
  readonly purpose?: string;
};

const same = (key: string, value: unknown): Default => ({ key, regent: value, keepalived: value });
const other = (key: string, regent: unknown, keepalived: unknown): Default => ({ key, regent, keepalived });
const own = (key: string, regent: unknown): Default => ({ key, regent });
const kept = (key: string, regent: unknown, keepalived: unknown, purpose: string): Default => ({
  key,
  regent,
  keepalived,
  purpose,
});

const routers: readonly Default[] = [
  other('vrrp.routers.version', 3, 2),
  same('vrrp.routers.priority', 100),
  own('vrrp.routers.releases_addresses', false),
  own('vrrp.routers.shares_addresses', false),
  same('vrrp.routers.advertisement_interval', '1s'),
  same('vrrp.routers.down_after', 3),
  same('vrrp.routers.preempt', true),
  same('vrrp.routers.preempt_delay', '0s'),
  same('vrrp.routers.start_delay', '0s'),
  same('vrrp.routers.checksum', 'rfc5798'),
  same('vrrp.routers.virtual_mac', false),
  same('vrrp.routers.accept', true),
  other('vrrp.routers.announce_every', '60s', '0s'),
  other('vrrp.routers.check_source', true, false),
  other('vrrp.routers.min_ttl', 255, 1),
  other('vrrp.routers.address_mismatch', 'overlap', 'accept'),
  kept('vrrp.routers.lease', 'auto', 'off', 'a dead master must not keep its addresses'),
  own('vrrp.routers.authentication.mode', 'enforce'),
  same('vrrp.routers.routes.type', 'unicast'),
  same('vrrp.routers.routes.table', 254),
  same('vrrp.routers.routes.on_link', false),
  kept('vrrp.routers.rules.priority', 16384, 'counted down from 16384', 'it is written to every rule'),
  own('vrrp.hold', '10s'),
  kept('vrrp.announce_rate', 500, 'no limit', 'switches drop what comes faster'),
];

const trackers: readonly Default[] = [
  same('vrrp.scripts.interval', '1s'),
  same('vrrp.scripts.rise', 1),
  same('vrrp.scripts.fall', 1),
  same('vrrp.scripts.weight', 0),
  same('vrrp.processes.quorum', 1),
  same('vrrp.processes.weight', 0),
  same('vrrp.files.weight', 1),
  other('vrrp.bfd.min_tx', '300ms', '10ms'),
  other('vrrp.bfd.min_rx', '300ms', '10ms'),
  other('vrrp.bfd.multiplier', 3, 5),
];

const services: readonly Default[] = [
  other('virtual_services.protocol', 'tcp', 'udp'),
  other('virtual_services.scheduler', 'wrr', 'wlc'),
  same('virtual_services.forwarding', 'masq'),
  same('virtual_services.family', 'ipv4'),
  same('virtual_services.one_packet', false),
  own('virtual_services.snat', false),
  other('virtual_services.drain_timeout', '10s', '0s'),
  other('virtual_services.panic_threshold', '1%', 0),
  same('virtual_services.inhibit', false),
  same('virtual_services.quorum', 1),
  same('virtual_services.hysteresis', 0),
  own('virtual_services.slow_start', '0s'),
  same('virtual_services.max_connections', 0),
  same('virtual_services.resume_connections', 0),
  other('virtual_services.persistence.timeout', '5m', '360s'),
  same('virtual_services.tunnel.type', 'ipip'),
  same('virtual_services.tunnel.checksum', 'none'),
  same('virtual_services.real_servers.weight', 1),
  own('virtual_services.real_servers.standby', false),
  same('virtual_services.sorry_server.weight', 1),
];

const checks: readonly Default[] = [
  other('check.interval', '1s', '60s'),
  other('check.timeout', '500ms', '5s'),
  other('check.rise', 2, 1),
  other('check.fall', 3, 2),
  own('check.half_open', false),
  same('check.http.method', 'GET'),
  same('check.http.path', '/'),
  same('check.http.expected_status', ['200-299']),
  same('check.http.follow_redirects', 0),
  same('check.http.keep_alive', false),
  same('check.http.strict', false),
  same('check.dns.transport', 'udp'),
  same('check.dns.query_name', '.'),
  same('check.dns.record_type', 'SOA'),
  same('check.dns.expected_rcode', 'NOERROR'),
  other('check.udp.silence', 'fails', 'passes'),
  same('check.smtp.security', 'none'),
  other('check.ping.size', 32, 128),
  same('check.script.weight_from_output', false),
  same('check.script.weight_from_status', false),
];

const synchronisation: readonly Default[] = [
  other('connection_sync.max_length', 100, 1472),
  same('connection_sync.group', '224.0.0.81'),
  same('connection_sync.port', 8848),
  same('connection_sync.ttl', 1),
  kept('connection_sync.refresh', '10s', 'what the kernel has', 'so that idle connections are known to a new master'),
  own('connection_sync.preempt_wait', '60s'),
];

export const defaults: readonly Default[] = [...routers, ...trackers, ...services, ...checks, ...synchronisation];
