// The keywords of virtual_server and real_server, and their conversion.

import { firstOnly, key, lost, needless, type Row, type Table, used, vitalKey } from './rows.ts';
import { failedProbes, mail, notify } from './stand-ins.ts';
import { wholeNumber, word } from './values.ts';

const inhibit =
  'Becomes `inhibit: true`: a failed server stays with weight 0. Without it `drain_timeout: 0s`: it leaves at once.';

const sorryInhibit = 'a sorry server that is not needed leaves at once';

const forwardings: Readonly<Record<string, string>> = { NAT: 'masq', DR: 'direct', TUN: 'tunnel' };

/** regent's name of keepalived's forwarding method. */
export const readForwarding: NonNullable<Row['read']> = ({ words: [method = ''] }) =>
  forwardings[method] ?? {
    refused: `expected NAT, DR or TUN, in capital letters, not ${method}; keepalived ignores it`,
  };

const schedulers = 'rr wrr lc wlc lblc lblcr dh sh mh sed nq fo ovf twos';

const readScheduler: NonNullable<Row['read']> = ({ words: [name = ''] }) =>
  schedulers.split(' ').includes(name)
    ? name
    : { refused: `expected one of ${schedulers}, not ${name}; keepalived ignores it` };

const recordTypes = 'A NS CNAME SOA MX TXT AAAA RRSIG DNSKEY';

const readRecordType: NonNullable<Row['read']> = ({ words: [name = ''] }) =>
  recordTypes.split(' ').find((type) => type === name.toUpperCase()) ?? {
    refused: `expected one of ${recordTypes}, not ${name}; keepalived ignores it`,
  };

const readQueryName: NonNullable<Row['read']> = ({ words: [name = ''] }) =>
  /^\..|\.\.|^.\./.test(name) ? { refused: `${name} has an empty label to keepalived, which ignores it` } : name;

/** Keywords of virtual_server, real_server and every checker; the innermost one counts. */
const timing: readonly Row[] = [
  used('delay_loop', 'check.interval', "keepalived's default is 60 s."),
  used('connect_timeout', 'check.timeout', "keepalived's default is 5 s."),
  used(
    'retry',
    'check.fall',
    "One more than the retries: keepalived's default is 1, for DNS_CHECK 3, for MISC_CHECK 0.",
  ),
  used('delay_before_retry', 'check.fast_interval', "keepalived's default is 1 s, for HTTP_GET and SSL_GET 3 s."),
  needless('warmup', 'regent probes every server once at the start, and spreads the probes after it'),
  needless('alpha', 'a server takes no connections before its first probe has passed'),
];

export const serviceKeywords: Table = {
  block: 'virtual_server',
  into: 'virtual_services',
  rows: [
    key('lb_algo lvs_sched', 'scheduler', readScheduler, "keepalived's default is wlc."),
    vitalKey(
      'lb_kind lvs_method',
      'forwarding',
      readForwarding,
      'NAT becomes `masq`, DR `direct`, TUN `tunnel` with its `tunnel` beside it.',
    ),
    used('protocol', 'protocol', "keepalived's default is UDP."),
    used('sh-port sh-fallback mh-port mh-fallback flag-1 flag-2', 'scheduler_flags', 'Become `port` and `fallback`.'),
    lost('flag-3', 'no scheduler of the kernel has a third flag'),
    needless('hashed', 'the kernel sets it by itself'),
    used('ops', 'one_packet'),
    used('persistence_timeout', 'persistence.timeout', "keepalived's default is 360 s."),
    used('persistence_granularity', 'persistence.granularity', 'A netmask becomes the number of its bits.'),
    used('persistence_engine', 'persistence.engine'),
    used('ip_family', 'family', 'Only for firewall marks.'),
    ...timing,
    used('quorum', 'quorum', 'At most what the weights add up to, as in keepalived.'),
    used('hysteresis', 'hysteresis', 'Below the quorum, as in keepalived.'),
    used('sorry_server', 'sorry_server'),
    lost('sorry_server_inhibit', sorryInhibit),
    used('sorry_server_lvs_method', 'sorry_server.forwarding'),
    used('weight', 'real_servers.weight', 'For every server that names none.'),
    used('virtualhost', 'check.host'),
    used('inhibit_on_failure', 'inhibit', inhibit),
    needless('ha_suspend', 'every director probes, so a new master knows at once which servers are healthy'),
    needless('omega', 'regent takes its services down cleanly when it stops'),
    lost('quorum_up quorum_down', notify),
    lost('smtp_alert', mail),
    lost('snmp_name', 'regent has no SNMP; it calls a service by its `name`'),
    needless('nat_mask', 'keepalived ignores it too'),
    used('real_server', 'real_servers'),
  ],
};

export const serverKeywords: Table = {
  block: 'real_server',
  into: 'virtual_services.real_servers',
  rows: [
    key('weight', 'weight', wholeNumber(0, 2 ** 31 - 1, 65_535)),
    used('lvs_method lb_kind', 'forwarding', 'Written where it differs from that of the service.'),
    key('uthreshold', 'max_connections', wholeNumber(0, 2 ** 32 - 1)),
    key('lthreshold', 'resume_connections', wholeNumber(0, 2 ** 32 - 1)),
    ...timing,
    used('virtualhost', 'check.host'),
    used('inhibit_on_failure', 'inhibit', inhibit),
    lost('notify_up notify_down', notify),
    lost('smtp_alert', mail),
    lost('snmp_name', 'regent has no SNMP; it calls a server by its `name`'),
    used('HTTP_GET SSL_GET TCP_CHECK SMTP_CHECK DNS_CHECK UDP_CHECK PING_CHECK MISC_CHECK', 'checks'),
    lost('FILE_CHECK', 'write `up`, `down` or a weight to a file, and check it with type file'),
    lost('BFD_CHECK', 'regent keeps BFD sessions between directors; check the server itself'),
  ],
};

/** Keywords of all checkers; MISC_CHECK makes no connection, so the first five do not apply to it. */
export const checkerKeywords: Table = {
  block: 'every checker',
  into: 'virtual_services.check',
  rows: [
    used('connect_ip', 'address'),
    key('connect_port', 'port', wholeNumber(1, 65_535)),
    used('bindto', 'source_address'),
    lost('bind_port', "a probe leaves from a port of the kernel's choice"),
    lost('bind_if', 'a probe leaves by the route to the server: give that route the interface'),
    lost('fwmark', 'a probe carries no mark: mark what leaves from the `source_address` instead'),
    ...timing.map((row) => (row.to === undefined ? row : { ...row, to: row.to.replace('check.', '') })),
    lost('log_all_failures', failedProbes),
  ],
};

const http: readonly Row[] = [
  used('url', 'path', 'Every url becomes a check of its own; all must pass.'),
  used('nb_get_retry', 'fall', 'An old name of `retry`.'),
  used('virtualhost', 'host'),
  needless('http_protocol', 'regent speaks HTTP/1.1'),
  needless('fast_recovery', 'every check has a pace of its own'),
];

export const checkers: Readonly<Record<string, Table>> = {
  HTTP_GET: { block: 'HTTP_GET', into: 'virtual_services.check', rows: http },
  SSL_GET: {
    block: 'SSL_GET',
    into: 'virtual_services.check',
    rows: [
      ...http,
      needless('enable_sni', 'regent always names the host that it means'),
      key('sni_name', 'tls.server_name', word),
      needless('tls_compliant', 'regent closes its connections in order'),
    ],
  },
  TCP_CHECK: { block: 'TCP_CHECK', into: 'virtual_services.check', rows: [] },
  PING_CHECK: { block: 'PING_CHECK', into: 'virtual_services.check', rows: [] },
  SMTP_CHECK: {
    block: 'SMTP_CHECK',
    into: 'virtual_services.check',
    rows: [
      key('helo_name', 'helo_name', word, "keepalived's default is smtpchecker.keepalived.org."),
      used(
        'host',
        'checks',
        'Each becomes a check of its own; the checker itself only with connection settings beside them.',
      ),
    ],
  },
  DNS_CHECK: {
    block: 'DNS_CHECK',
    into: 'virtual_services.check',
    rows: [
      key('type', 'record_type', readRecordType, 'SOA by default, as in keepalived.'),
      firstOnly(key('name', 'query_name', readQueryName, 'Without it the root.')),
    ],
  },
  UDP_CHECK: {
    block: 'UDP_CHECK',
    into: 'virtual_services.check',
    rows: [
      used('payload', 'payload_hex'),
      used('require_reply', 'expected_reply_hex', 'Without it silence passes, and `silence: passes` says so.'),
      lost('min_reply_length max_reply_length', 'regent compares what the reply contains, not its length'),
    ],
  },
  MISC_CHECK: {
    block: 'MISC_CHECK',
    into: 'virtual_services.check',
    rows: [
      used('misc_path', 'command', 'Program and arguments; no shell reads them.'),
      used('misc_timeout', 'timeout', "keepalived's default is `delay_loop`."),
      used('misc_dynamic', 'weight_from_status'),
      lost('user', 'programs run as the user that regent probes as: name another by sudo or setpriv in the command'),
    ],
  },
};

export const urlKeywords: Table = {
  block: 'url',
  into: 'virtual_services.check',
  rows: [
    vitalKey('path', 'path', word),
    used('status_code', 'expected_status', '200-299 by default, as in keepalived.'),
    used('virtualhost', 'host'),
    lost('digest', 'regent keeps no MD5 of a page: name a text that it contains as `body_contains`'),
    used(
      'regex',
      'body_matches',
      'Without the doubled backslashes of its quoting. RE2 has no looking ahead or behind, nor back to a group.',
    ),
    used('regex_no_match', 'body_lacks'),
    lost('regex_options', 'write them into the expression, as (?i) for caseless'),
    lost('regex_min_offset regex_max_offset regex_stack', 'regent reads the whole answer'),
    needless('tls_compliant', 'regent closes its connections in order'),
  ],
};

export const sslKeywords: Table = {
  block: 'SSL',
  into: 'virtual_services.check.tls',
  rows: [
    lost('ca', 'keepalived never verifies a server, whatever its ca: `tls.ca` with `verify: true` would'),
    key('certificate', 'certificate', word),
    key('key', 'key', word),
    lost('password', 'the key must be readable without a password: guard the file by its mode'),
  ],
};
