// A client's requests through every way of forwarding: masquerading, direct routing, and each kind of tunnel.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { applySysctls } from '../../../controller/sysctls.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../../netns/namespaces.ts';
import { configOf, type InProcessTable, openTable } from './in-process-table.ts';
import { patience, serveWeb } from './running-director.ts';

/*
 * cl 192.168.55.200 ── lb 192.168.55.11, 192.168.66.11 ── rs 192.168.66.111      and for replies that do not pass lb
 *      10.9.0.1 ───────────────────────────────────────────── 10.9.0.2           a cable between client and server
 * The same with fd55::, fd66:: and fd09::. The server holds the virtual addresses on its loopback, and answers from them directly.
 */
const four = 'address: 192.168.55.100:80';
const six = 'address: "[fd55::100]:80"';
const rows: [what: string, service: string, server: string, url: string, prepare: string[]][] = [
  ['masquerading', four, '192.168.66.111:8080', '192.168.55.100', []],
  ['masquerading of IPv6', six, '"[fd66::111]:8080"', '[fd55::100]', []],
  ['direct routing', `${four}, forwarding: direct`, '192.168.66.111', '192.168.55.100', []],
  ['direct routing of IPv6', `${six}, forwarding: direct`, '"fd66::111"', '[fd55::100]', []],
  ['an ipip tunnel', `${four}, forwarding: tunnel`, '192.168.66.111', '192.168.55.100', ['ip link set tunl0 up']],
  [
    'a gre tunnel',
    `${four}, forwarding: tunnel, tunnel: { type: gre }`,
    '192.168.66.111',
    '192.168.55.100',
    ['ip link set gre0 up'],
  ],
  [
    'a gue tunnel',
    `${four}, forwarding: tunnel, tunnel: { type: gue, port: 6080 }`,
    '192.168.66.111',
    '192.168.55.100',
    ['ip link set tunl0 up', 'ip fou add port 6080 gue'],
  ],
  ['a tunnel of IPv6', `${six}, forwarding: tunnel`, '"fd66::111"', '[fd55::100]', ['ip link set ip6tnl0 up']],
  [
    'a tunnel of IPv4 in IPv6',
    `${four}, forwarding: tunnel`,
    '"fd66::111"',
    '192.168.55.100',
    ['ip -6 tunnel add four-in-six mode ipip6 local fd66::111 remote fd66::11', 'ip link set four-in-six up'],
  ],
  ['a tunnel of IPv6 in IPv4', `${six}, forwarding: tunnel`, '192.168.66.111', '[fd55::100]', ['ip link set sit0 up']],
];

describe('traffic', () => {
  let cl: Namespace;
  let lb: Namespace;
  let rs: Namespace;
  let web: ChildProcess;
  let table: InProcessTable | undefined;
  let restoreSysctls: (() => void) | undefined;

  const on = (namespace: Namespace, command: string): string => {
    const [program = '', ...args] = command.split(' ');
    return namespace.run(program, ...args);
  };

  before(async function () {
    this.timeout(patience);
    cl = createNamespace('cl');
    lb = createNamespace('lb');
    rs = createNamespace('rs');
    on(rs, 'modprobe -a ipip ip_gre ip6_tunnel sit fou');
    for (const namespace of [cl, rs]) on(namespace, 'sysctl -q -w net.ipv4.conf.all.rp_filter=0');
    connect(
      {
        namespace: lb,
        interface: 'enp0s9',
        addresses: ['192.168.55.11/24', '192.168.55.100/32', 'fd55::11/64', 'fd55::100/128'],
      },
      { namespace: cl, interface: 'enp0s9', addresses: ['192.168.55.200/24', 'fd55::200/64'] },
    );
    connect(
      { namespace: lb, interface: 'enp0s8', addresses: ['192.168.66.11/24', 'fd66::11/64'] },
      { namespace: rs, interface: 'enp0s8', addresses: ['192.168.66.111/24', 'fd66::111/64'] },
    );
    connect(
      { namespace: cl, interface: 'direct', addresses: ['10.9.0.1/24', 'fd09::1/64'] },
      { namespace: rs, interface: 'direct', addresses: ['10.9.0.2/24', 'fd09::2/64'] },
    );
    for (const command of [
      'ip route add default via 192.168.66.11',
      'ip -6 route add default via fd66::11',
      'ip address add 192.168.55.100/32 dev lo',
      'ip -6 address add fd55::100/128 dev lo nodad',
      'ip rule add from 192.168.55.100 lookup 100',
      'ip route add default via 10.9.0.1 table 100',
      'ip -6 rule add from fd55::100 lookup 100',
      'ip -6 route add default via fd09::1 table 100',
    ])
      on(rs, command);
    web = await serveWeb(rs, ['::'], [80, 8080]);
  });
  afterEach(async () => {
    await table?.clear();
    table?.remove();
    if (restoreSysctls !== undefined) lb.enter(restoreSysctls);
    assert.equal(on(lb, 'cat /proc/sys/net/ipv4/ip_forward').trim(), '0');
  });
  after(() => {
    web?.kill();
    removeNamespaces();
  });

  for (const [what, service, server, url, prepare] of rows)
    it(`passes by ${what}`, () => {
      const config = configOf(
        `virtual_services:\n  - { name: web, ${service}, real_servers: [{ name: rs0, address: ${server} }] }\n`,
      );
      for (const command of prepare) on(rs, command);
      restoreSysctls = lb.enter(() => applySysctls(config, () => {}));
      table = openTable(lb, config);
      table.reconcile();
      assert.equal(cl.run('curl', '-s', '-m', '5', `http://${url}/`), '::');
      table.standings.set('rs0', { health: 'up', drained: true });
      table.reconcile();
      assert.throws(() => cl.run('curl', '-s', '-m', '2', `http://${url}/`), 'a drained server gets nothing new');
    });
});
