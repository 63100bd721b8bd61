// What a configuration makes of the kernel's table, as ipvsadm shows it: every kind of service, scheduler and forwarding.

import assert from 'node:assert/strict';
import { configOf, service, services, useTables } from './in-process-table.ts';

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];
const masq = '-> 10.1.0.1:80 Masq 1 0 0';

const rows: [what: string, keys: string, servers: string | undefined, ...expected: string[]][] = [
  ...schedulers.map((name): [string, string, undefined, string, string] => [
    `the scheduler ${name}`,
    `address: 10.0.0.1:80, scheduler: ${name}`,
    undefined,
    `TCP 10.0.0.1:80 ${name}`,
    masq,
  ]),
  ...['sh', 'mh'].map((name): [string, string, undefined, string, string] => [
    `the flags of ${name}`,
    `address: 10.0.0.1:80, scheduler: ${name}, scheduler_flags: [fallback, port]`,
    undefined,
    `TCP 10.0.0.1:80 ${name} (${name}-fallback,${name}-port)`,
    masq,
  ]),
  [
    'UDP',
    'address: 10.0.0.1:53, protocol: udp',
    'address: 10.1.0.1',
    'UDP 10.0.0.1:53 wrr',
    '-> 10.1.0.1:53 Masq 1 0 0',
  ],
  ['SCTP', 'address: 10.0.0.1:80, protocol: sctp', undefined, 'SCTP 10.0.0.1:80 wrr', masq],
  [
    'IPv6',
    'address: "[fd00::1]:80"',
    'address: "[fd01::1]:8080"',
    'TCP [fd00::1]:80 wrr',
    '-> [fd01::1]:8080 Masq 1 0 0',
  ],
  [
    'one-packet scheduling',
    'address: 10.0.0.1:53, protocol: udp, one_packet: true',
    'address: 10.1.0.1:53',
    'UDP 10.0.0.1:53 wrr ops',
    '-> 10.1.0.1:53 Masq 1 0 0',
  ],
  [
    'persistence',
    'address: 10.0.0.1:80, persistence: { timeout: 90s }',
    undefined,
    'TCP 10.0.0.1:80 wrr persistent 90',
    masq,
  ],
  [
    'persistence of a network',
    'address: 10.0.0.1:80, persistence: { granularity: 20 }',
    undefined,
    'TCP 10.0.0.1:80 wrr persistent 300 mask 255.255.240.0',
    masq,
  ],
  [
    'persistence of an IPv6 network',
    'address: "[fd00::1]:80", persistence: { granularity: 64 }',
    'address: "[fd01::1]:80"',
    'TCP [fd00::1]:80 wrr persistent 300 mask 64',
    '-> [fd01::1]:80 Masq 1 0 0',
  ],
  [
    'persistence by Call-ID',
    'address: 10.0.0.1:5060, protocol: udp, persistence: { engine: sip }',
    'address: 10.1.0.1:5060',
    'UDP 10.0.0.1:5060 wrr persistent 300 pe sip',
    '-> 10.1.0.1:5060 Masq 1 0 0',
  ],
  [
    'every port',
    'address: 10.0.0.1, persistence: { timeout: 90s }',
    'address: 10.1.0.1:80',
    'TCP 10.0.0.1:0 wrr persistent 90',
    masq,
  ],
  ['a firewall mark', 'firewall_marks: [7]', undefined, 'FWM 7 wrr', masq],
  [
    'a firewall mark of IPv6',
    'firewall_marks: [7], family: ipv6',
    'address: "[fd01::1]:80"',
    'FWM 7 IPv6 wrr',
    '-> [fd01::1]:80 Masq 1 0 0',
  ],
  [
    'a group of addresses, ranges and marks',
    'addresses: ["10.0.0.254-10.0.1.0:80", "10.0.2.0/31:81"], firewall_marks: [8]',
    undefined,
    ...['10.0.0.254:80', '10.0.0.255:80', '10.0.1.0:80', '10.0.2.0:81', '10.0.2.1:81'].flatMap((address) => [
      `TCP ${address} wrr`,
      masq,
    ]),
    'FWM 8 wrr',
    masq,
  ],
  [
    'direct routing',
    'address: 10.0.0.1:80, forwarding: direct',
    undefined,
    'TCP 10.0.0.1:80 wrr',
    '-> 10.1.0.1:80 Route 1 0 0',
  ],
  [
    'IPv6 direct routing',
    'address: "[fd00::1]:80", forwarding: direct',
    'address: "fd01::1"',
    'TCP [fd00::1]:80 wrr',
    '-> [fd01::1]:80 Route 1 0 0',
  ],
  [
    'tunnelling',
    'address: 10.0.0.1:80, forwarding: tunnel',
    undefined,
    'TCP 10.0.0.1:80 wrr',
    '-> 10.1.0.1:80 Tunnel 1 0 0',
  ],
  [
    'IPv6 tunnelling',
    'address: "[fd00::1]:80", forwarding: tunnel',
    'address: "fd01::1"',
    'TCP [fd00::1]:80 wrr',
    '-> [fd01::1]:80 Tunnel 1 0 0',
  ],
  [
    'an IPv6 server of an IPv4 service',
    'address: 10.0.0.1:80, forwarding: tunnel',
    'address: "[fd01::1]:80"',
    'TCP 10.0.0.1:80 wrr',
    '-> [fd01::1]:80 Tunnel 1 0 0',
  ],
  [
    'an IPv4 server of an IPv6 service',
    'address: "[fd00::1]:80", forwarding: tunnel',
    'address: 10.1.0.1',
    'TCP [fd00::1]:80 wrr',
    '-> 10.1.0.1:80 Tunnel 1 0 0',
  ],
  [
    'a server that forwards in another way than its service',
    'address: 10.0.0.1:80',
    'address: 10.1.0.1:80, forwarding: direct, weight: 7',
    'TCP 10.0.0.1:80 wrr',
    '-> 10.1.0.1:80 Route 7 0 0',
  ],
];

describe('a configured service', () => {
  const { run, apply, listing } = useTables('services');

  for (const [what, keys, servers, ...expected] of rows)
    it(`of ${what} is in the table, and a second turn writes nothing`, () => {
      const applied = apply(services(service(keys, servers)));
      assert.deepEqual(listing().sort(), expected.sort());
      const written = applied.writes();
      applied.reconcile();
      assert.equal(applied.writes(), written);
      assert.deepEqual(
        applied.log.filter((line) => line.startsWith('error')),
        [],
      );
    });

  for (const [type, checksum, expected] of [
    ['ipip', 'none', 'ipip'],
    ['gre', 'none', 'gre:-c'],
    ['gre', 'full', 'gre:+c'],
    ['gue', 'none', 'gue:6080:-c'],
    ['gue', 'remote', 'gue:6080:r+c'],
  ] as const)
    it(`of a ${type} tunnel with checksum ${checksum} is in the table, and a second turn writes nothing`, () => {
      const tunnel = `forwarding: tunnel, tunnel: { type: ${type}, checksum: ${checksum} }`;
      const applied = apply(services(service(`address: 10.0.0.1:80, ${tunnel}`)));
      const written = applied.writes();
      applied.reconcile();
      assert.equal(applied.writes(), written);
      assert.ok(listing('--tun-info').includes(`-> 10.1.0.1:80 Tunnel ${expected} 1 0 0`));
    });

  it('of limited connections is in the table', () => {
    apply(services(service('address: 10.0.0.1:80, max_connections: 50, resume_connections: 40')));
    assert.deepEqual(listing('--thresholds').slice(-1), ['-> 10.1.0.1:80 50 40 0 0']);
  });

  it('keeps all servers when all fail at once, unless a sorry server stands by', () => {
    const pair = 'address: 10.1.0.1:80, weight: 5 }, { name: rs1, address: 10.1.0.2:80, weight: 5';
    const applied = apply(services(service('address: 10.0.0.1:80', pair)));
    assert.equal(applied.judgementOf('web')?.mode, 'normal');
    for (const name of ['rs0', 'rs1']) applied.standings.set(name, { health: 'down', drained: false });
    applied.reconcile();
    assert.deepEqual(listing().sort(), [
      '-> 10.1.0.1:80 Masq 5 0 0',
      '-> 10.1.0.2:80 Masq 5 0 0',
      'TCP 10.0.0.1:80 wrr',
    ]);
    assert.equal(applied.judgementOf('web')?.mode, 'panic');
    assert.ok(
      applied.log.some((line) =>
        /^warn web only 0 of 2 servers are healthy, below the panic threshold of 1%/.test(line),
      ),
    );
    applied.configure(
      configOf(services(service('address: 10.0.0.1:80, sorry_server: { name: sorry, address: 10.1.0.3:80 }', pair))),
    );
    applied.reconcile();
    assert.deepEqual(
      listing()
        .filter((line) => !line.includes(' 0 0 0'))
        .sort(),
      ['-> 10.1.0.3:80 Masq 1 0 0', 'TCP 10.0.0.1:80 wrr'],
    );
  });

  it('keeps the timeouts of IPVS, and puts them back', async () => {
    const shown = (): string => run('ipvsadm', '-L', '--timeout').trim();
    const before = shown();
    const applied = apply(`${services(service('address: 10.0.0.1:80'))}ipvs_timeouts: { tcp: 111s, udp: 22s }\n`);
    assert.equal(shown(), 'Timeout (tcp tcpfin udp): 111 120 22');
    run('ipvsadm', '--set', '1', '2', '3');
    applied.reconcile();
    assert.equal(shown(), 'Timeout (tcp tcpfin udp): 111 120 22');
    await applied.clear();
    assert.equal(shown(), before);
  });

  it('keeps the connection sync daemons, starts them anew when they change, and ends them', async () => {
    run('ip', 'link', 'add', 'sync0', 'type', 'dummy');
    run('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'sync0');
    run('ip', 'link', 'set', 'sync0', 'up');
    const daemons = (): string[] => run('ipvsadm', '-L', '--daemon').trim().split('\n').sort();
    const web = services(service('address: 10.0.0.1:80'));
    const applied = apply(`${web}connection_sync: { interface: sync0, sync_id: 5 }\n`);
    const shown = (id: number): string[] =>
      ['backup', 'master'].map(
        (state) =>
          `${state} sync daemon (mcast=sync0, syncid=${id}, maxlen=${state === 'master' ? 100 : 1024}, group=224.0.0.81, port=8848, ttl=1)`,
      );
    assert.deepEqual(daemons(), shown(5));
    assert.deepEqual([...applied.daemons()].sort(), ['backup', 'master']);
    const written = applied.writes();
    applied.reconcile();
    assert.equal(applied.writes(), written);
    run('ipvsadm', '--stop-daemon', 'master');
    applied.reconcile();
    assert.deepEqual(daemons(), shown(5));
    applied.configure(configOf(`${web}connection_sync: { interface: sync0, sync_id: 6 }\n`));
    applied.reconcile();
    assert.deepEqual(daemons(), shown(6));
    applied.configure(configOf(`${web}connection_sync: { interface: sync1, sync_id: 6 }\n`));
    applied.reconcile();
    assert.deepEqual(applied.daemons(), [], 'there is no such interface');
    applied.configure(configOf(web));
    applied.reconcile();
    assert.deepEqual(daemons(), ['']);
  });
});
