// Small keepalived.conf files in which each keyword of an instance is there or absent, with values good and bad.

import fc from 'fast-check';

const absent = fc.constant<string>('');
const line = (keyword: string, ...values: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(absent, fc.constantFrom(...values.map((value) => `${keyword} ${value}`.trim())));

const block = (keyword: string, ...choices: readonly (readonly string[])[]): fc.Arbitrary<string> =>
  fc.oneof(absent, fc.constantFrom(...choices.map((lines) => [`${keyword} {`, ...lines, '}'].join('\n'))));

const keywords: readonly fc.Arbitrary<string>[] = [
  line('version', '2', '3', '4'),
  line('state', 'MASTER', 'BACKUP', 'master', 'SLAVE'),
  line('priority', '1', '100', '254', '255', '0', '300', '100x'),
  line('advert_int', '1', '0.5', '2.4', '5', '0', '1s'),
  line('nopreempt', ''),
  line('preempt', ''),
  line('preempt_delay', '0', '10', '2.5'),
  line('down_timer_adverts', '5', '0', '101', 'x', '4x'),
  line('garp_master_refresh', '0', '30', '1.5', 'often', '-1'),
  fc.constantFrom('', 'accept', 'no_accept'),
  line('strict_mode', 'off', 'no'),
  block(
    'authentication',
    ['auth_type PASS', 'auth_pass secret'],
    ['auth_type pass', 'auth_pass secret'],
    ['auth_pass x'],
    ['auth_type PASS'],
    ['auth_type PASS', 'auth_pass "a b c d e f"'],
    ['auth_type ESP', 'auth_type PASS', "auth_pass 'q'"],
  ),
  block('unicast_peer', ['192.0.2.11'], ['192.0.2.11 min_ttl 254', '192.0.2.12 min_ttl 254'], ['2001:db8::1'], []),
  block('unicast_peer', ['192.0.2.13']),
  line('check_unicast_src', ''),
  line('mcast_src_ip', '192.0.2.10'),
  block(
    'track_interface',
    ['eth1'],
    ['eth1 weight 7', 'eth0'],
    ['eth1 weight -254', 'eth1 weight 3'],
    ['eth1 weight=3'],
    ['eth1 weight'],
    ['eth1 weight heavy'],
    ['eth1 weight +5x'],
  ),
  block(
    'track_script',
    ['plain'],
    ['weighed'],
    ['weighed weight 0'],
    ['plain weight 300', 'late'],
    ['plain weight -5', 'nowhere'],
    ['plain', 'plain weight 3', 'heavier weight 254'],
    ['fraction', 'odd weight 1.9'],
  ),
  block('track_file', ['load'], ['load weight 0', 'heavy'], ['heavy weight 3'], ['unread', 'twice weight x']),
  block('track_process', ['counted'], ['counted weight 0', 'waiting'], ['waiting weight -3']),
  block(
    'virtual_ipaddress_excluded',
    ['198.51.100.1/24'],
    ['2001:db8::9/64', '198.51.100.2/24 dev eth2'],
    ['203.0.113.1/24 dev eth2 no_track'],
  ),
];

const routes: readonly fc.Arbitrary<string>[] = [
  block(
    'virtual_routes',
    ['10.N.0.0/16 via 192.0.2.254', '10.N.1.0/24 via 192.0.2.253 dev eth1 metric 0x10'],
    ['10.N.2.0/24 dev eth1 scope link src 192.0.2.9 table 5', 'blackhole 10.N.3.0/24', '10.N.4.1 gw 192.0.2.250'],
    [
      'src 192.0.2.9 to 10.N.5.0/24 via 192.0.2.254 priority 7 preference 8',
      '2001:db8:N::/48 via 2001:db8::5 dev eth0',
    ],
    ['unreachable 10.N.6.0/24 table main no_track', '10.N.7.0/24 dev eth0 mtu 1400', 'prohibit 10.N.8.0/24 metric 9'],
    ['10.N.9.0/24 via 192.0.2.254 onlink dev eth0', '10.N.10.0/24 dev eth0 scope 200', 'to 10.N.11.0/24 dev eth0'],
  ),
  block(
    'virtual_rules',
    ['from 192.0.N.0/24 table 100', 'to 10.N.0.0/16 lookup main priority 77', 'from 10.N.1.0/24 table 4'],
    ['iif ethN table 9', 'fwmark 16 table 8N preference 12', 'from 10.N.0.1/32 blackhole', 'from 10.N.2.0/24'],
    ['from 2001:db8:N::/64 table 10', 'inet6 iif eth1 table 11', 'from 10.N.3.0/24 to 10.2.0.0/16 dev eth2 lookup 7'],
    ['to 10.300.0.0/16 table 3', 'from 10.N.4.0/24 prohibit priority 9', 'from 10.N.5.0/24 riddle table 254'],
    ['from 10.N.6.1 unreachable no_track', 'from 10.N.7.0/24 fwmark 0x7 iif eth1 lookup default'],
  ),
];

const addresses: fc.Arbitrary<string> = fc.constantFrom(
  '192.0.2.1',
  '192.0.2.1/24 label eth0:1',
  '192.0.2.1/24 brd + scope link',
  '192.0.2.1/24 dev eth1\n192.0.2.2',
  '192.0.2.1/24\n2001:db8::1/64',
);

const instance = (index: number): fc.Arbitrary<string> =>
  fc.tuple(fc.tuple(...keywords, ...routes), addresses, fc.boolean()).map(([lines, held, isLast]) => {
    const body = lines.filter((each) => each !== '');
    // A version below the addresses is another one over IPv6; other keywords may stand anywhere.
    const vips = `virtual_ipaddress {\n${held}\n}`;
    const whole = isLast ? [...body, vips] : [vips, ...body];
    return [`vrrp_instance VI${index} {`, 'interface eth0', `virtual_router_id ${index}`, ...whole, '}']
      .join('\n')
      .replace(/(?<=[.:h8])N\b/g, `${index}`);
  });

const head = `vrrp_script plain {
script /bin/true
}
vrrp_script weighed {
script "/bin/true one"
interval 3
weight 20
rise 2
}
track_file load {
file /run/load
}
track_file heavy {
file /run/heavy
weight 5
}
track_file unread {
file /run/unread
weight heavy
weight 3
}
track_file twice {
file /run/one
file /run/two
weight 1
weight 6
}
vrrp_script heavier {
script "/bin/true two"
weight 254
interval 1.5
timeout 0
}
vrrp_script fraction {
script '/bin/true "a b"'
weight 5x
interval x
fall 0
rise 3x
user root
}
vrrp_script odd {
script "/bin/true 'one two' three"
timeout 2
weight -7
weight 7
}
vrrp_track_process counted {
process sshd
quorum 2
weight 9
process other
weight 8
}
vrrp_track_process waiting {
process /usr/sbin/cron
terminate_delay 2
fork_delay 3600.5
delay 0.5
}
`;

const globals = fc.constantFrom(
  '',
  'global_defs {\nvrrp_version 3\nvrrp_garp_master_refresh 60\n}\n',
  'global_defs {\nvrrp_check_unicast_src\nvrrp_down_timer_adverts 4\n}\n',
  'global_defs {\nrouter_id one two\nvrrp_garp_interval 0.5\nvrrp_gna_interval 0.25\nnotify_fifo /run/a.fifo\n}\n',
  'interface_up_down_delays {\neth1 0.5\neth2 1.5 0.5\neth1 x 2\neth2 -1\n}\n',
);

const groups = fc.constantFrom(
  '',
  'vrrp_sync_group G {\ngroup {\nVI1\nVI2\n}\n}\n',
  'vrrp_sync_group G {\ngroup {\nVI1\nVI3\n}\ntrack_script {\nweighed\n}\nsync_group_tracking_weight\n}\n',
  'vrrp_sync_group G {\ngroup {\nVI2\n}\ntrack_interface {\neth1 weight 9\n}\n}\n',
);

const tail = 'vrrp_script late {\nscript /bin/true\n}\n';

/** A file with several instances. */
export const configurations = fc
  .tuple(globals, groups, ...[1, 2, 3, 4, 5, 6].map(instance))
  .map(([global, group, ...instances]) => `${global}${head}${group}${instances.join('\n')}\n${tail}`);
