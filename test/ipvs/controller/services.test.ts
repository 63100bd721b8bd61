// What a configuration makes of the kernel's table, as ipvsadm shows it: every kind of service, scheduler and forwarding.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNamespace, type Namespace, removeNamespaces, until } from '../../netns/namespaces.ts';
import { configOf, type InProcessTable, listing, openTable } from './in-process-table.ts';

const service = (keys: string, servers = 'address: 10.1.0.1:80', name = 'web'): string =>
  `  - { name: ${name}, ${keys}, real_servers: [{ name: rs0, ${servers} }] }\n`;
const services = (...list: string[]): string => `virtual_services:\n${list.join('')}`;

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
  let lb: Namespace;
  let table: InProcessTable | undefined;
  const apply = (config: string): InProcessTable => {
    table = openTable(lb, configOf(config));
    table.reconcile();
    return table;
  };
  before(() => {
    lb = createNamespace('services');
  });
  afterEach(async () => {
    await table?.clear();
    table?.remove();
    assert.deepEqual(listing(lb), []);
  });
  after(removeNamespaces);

  for (const [what, keys, servers, ...expected] of rows)
    it(`of ${what} is in the table, and a second turn writes nothing`, () => {
      const applied = apply(services(service(keys, servers)));
      assert.deepEqual(listing(lb).sort(), expected.sort());
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
      assert.ok(listing(lb, '--tun-info').includes(`-> 10.1.0.1:80 Tunnel ${expected} 1 0 0`));
    });

  it('of limited connections is in the table', () => {
    apply(services(service('address: 10.0.0.1:80, max_connections: 50, resume_connections: 40')));
    assert.deepEqual(listing(lb, '--thresholds').slice(-1), ['-> 10.1.0.1:80 50 40 0 0']);
  });

  it('drains what the configuration names no more, and then lets it go', () => {
    const both = `${service('address: 10.0.0.1:80')}${service('address: 10.0.0.2:80', undefined, 'other')}`;
    const applied = apply(services(both));
    applied.configure(configOf(services(service('address: 10.0.0.1:80', 'address: 10.1.0.2:80'))));
    applied.reconcile();
    assert.deepEqual(listing(lb).sort(), [
      '-> 10.1.0.1:80 Masq 0 0 0',
      '-> 10.1.0.1:80 Masq 0 0 0',
      '-> 10.1.0.2:80 Masq 1 0 0',
      'TCP 10.0.0.1:80 wrr',
      'TCP 10.0.0.2:80 wrr',
    ]);
    applied.reconcile();
    assert.deepEqual(listing(lb).sort(), ['-> 10.1.0.2:80 Masq 1 0 0', 'TCP 10.0.0.1:80 wrr']);
    assert.ok(applied.log.some((line) => /tcp 10\.0\.0\.2:80 -> 10\.1\.0\.1:80 removed [^:]*: it is idle/.test(line)));
    // Whoever makes them again now is a stranger.
    lb.run('ipvsadm', '-A', '-t', '10.0.0.2:80', '-s', 'rr');
    applied.reconcile();
    applied.reconcile();
    assert.ok(listing(lb).includes('TCP 10.0.0.2:80 rr'));
    lb.run('ipvsadm', '-D', '-t', '10.0.0.2:80');
  });

  it('is taken where the disk refuses its ownership, which is recorded once the disk lets it', async () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-table-'));
    const record = (): string => readFileSync(join(state, 'ipvs.json'), 'utf8');
    table = openTable(lb, configOf(services(service('address: 10.0.0.1:80'))), state);
    table.reconcile();
    const before = record();
    // A folder in the place of the file that would replace the old one.
    const obstacle = join(state, `ipvs.json.${process.pid}.tmp`);
    mkdirSync(obstacle);
    table.configure(configOf(services(service('address: 10.0.0.2:80', 'address: 10.1.0.2:80'))));
    for (let turn = 0; turn < 3; turn += 1) table.reconcile();
    assert.deepEqual(listing(lb).sort(), ['-> 10.1.0.2:80 Masq 1 0 0', 'TCP 10.0.0.2:80 wrr']);
    assert.equal(record(), before);
    rmdirSync(obstacle);
    await until('the ownership is recorded', () => record().includes('10.0.0.2:80'), 30_000);
  });

  it('drains what a crash has left and the configuration names no more', () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-table-'));
    openTable(lb, configOf(services(service('address: 10.0.0.1:80'))), state).reconcile();
    table = openTable(lb, configOf(services(service('address: 10.0.0.1:80', 'address: 10.1.0.2:80'))), state);
    table.reconcile();
    assert.ok(listing(lb).includes('-> 10.1.0.1:80 Masq 0 0 0'));
    table.reconcile();
    assert.deepEqual(listing(lb).sort(), ['-> 10.1.0.2:80 Masq 1 0 0', 'TCP 10.0.0.1:80 wrr']);
  });

  it('says who was there, who was changed by another program, and who is a stranger', () => {
    const applied = apply(services(service('address: 10.0.0.1:80')));
    lb.run('ipvsadm', '-d', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80');
    applied.reconcile();
    lb.run('ipvsadm', '-e', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80', '-m', '-w', '9');
    lb.run('ipvsadm', '-a', '-t', '10.0.0.1:80', '-r', '10.1.0.9:80', '-m');
    applied.reconcile();
    applied.reconcile();
    const warnings = applied.log.filter((line) => line.startsWith('warn'));
    assert.deepEqual(warnings, [
      'warn rs0 tcp 10.0.0.1:80 -> 10.1.0.1:80 added with weight 1: another program had removed it',
      'warn - tcp 10.0.0.1:80 -> 10.1.0.9:80 is not in the configuration: it stays, without health checks',
      'warn rs0 tcp 10.0.0.1:80 -> 10.1.0.1:80 weight 9 -> 1: another program had changed it',
    ]);
    assert.deepEqual(listing(lb).sort(), [
      '-> 10.1.0.1:80 Masq 1 0 0',
      '-> 10.1.0.9:80 Masq 1 0 0',
      'TCP 10.0.0.1:80 wrr',
    ]);
  });

  const web = 'address: 10.0.0.1:80, scheduler: mh, scheduler_flags: [port], persistence: {}, max_connections: 9';
  const rs0 = '10.0.0.1:80 -> 10.1.0.1:80';
  for (const [what, commands, ...warnings] of [
    [
      'removes the service',
      ['-D -t 10.0.0.1:80'],
      'service tcp 10.0.0.1:80 added (mh): another program had removed it',
    ],
    ['removes everything', ['-C'], 'service tcp 10.0.0.1:80 added (mh): another program had removed it'],
    [
      'changes the scheduler',
      ['-E -t 10.0.0.1:80 -s rr -p 300'],
      'service tcp 10.0.0.1:80 scheduler rr -> mh, scheduler flags none -> port: another program had changed it',
    ],
    [
      'changes the persistence',
      ['-E -t 10.0.0.1:80 -s mh -b mh-port -p 17'],
      'service tcp 10.0.0.1:80 persistence 17 s /32 -> 300 s /32: another program had changed it',
    ],
    [
      'changes the flags',
      ['-E -t 10.0.0.1:80 -s mh -b mh-fallback -p 300'],
      'service tcp 10.0.0.1:80 scheduler flags fallback -> port: another program had changed it',
    ],
    [
      'removes a server',
      ['-d -t 10.0.0.1:80 -r 10.1.0.1:80'],
      `tcp ${rs0} added with weight 1: another program had removed it`,
    ],
    [
      'changes a weight',
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 0 -x 9'],
      `tcp ${rs0} weight 0 -> 1: another program had changed it`,
    ],
    [
      'changes the way of forwarding',
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1 -x 9'],
      `tcp ${rs0} forwarding direct -> masq: another program had changed it`,
    ],
    [
      'changes a limit',
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1 -x 8'],
      `tcp ${rs0} most connections 8 -> 9: another program had changed it`,
    ],
  ] as [string, string[], ...string[]][])
    it(`is put right in one turn, and said, when somebody else ${what}`, () => {
      const applied = apply(services(service(web)));
      const before = [listing(lb).sort(), listing(lb, '--thresholds').sort()];
      for (const command of commands) lb.run('ipvsadm', ...command.split(' '));
      assert.notDeepEqual([listing(lb).sort(), listing(lb, '--thresholds').sort()], before);
      applied.reconcile();
      assert.deepEqual([listing(lb).sort(), listing(lb, '--thresholds').sort()], before);
      const said = applied.log.filter((line) => line.startsWith('warn')).map((line) => line.replace(/^warn \S+ /, ''));
      for (const warning of warnings) assert.ok(said.includes(warning), said.join('\n'));
    });

  it('is put right within ten seconds, where somebody else changes what the listing lacks', async () => {
    const applied = apply(services(service('address: 10.0.0.1:80, scheduler: mh')));
    const passes = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) await applied.pass();
    };
    await passes(25);
    const before = listing(lb, '--thresholds');
    lb.run('ipvsadm', '-e', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80', '-m', '-w', '1', '-x', '8');
    assert.notDeepEqual(listing(lb, '--thresholds'), before);
    await passes(20);
    assert.deepEqual(listing(lb, '--thresholds'), before);
    const written = applied.writes();
    await passes(25);
    assert.equal(applied.writes(), written);
  });

  it('is left alone beside what somebody else adds', async () => {
    const applied = apply(services(service('address: 10.0.0.1:80')));
    lb.run('ipvsadm', '-A', '-u', '10.0.0.1:80', '-s', 'rr');
    lb.run('ipvsadm', '-a', '-u', '10.0.0.1:80', '-r', '10.1.0.1:80', '-m');
    lb.run('ipvsadm', '-a', '-t', '10.0.0.1:80', '-r', '10.1.0.9:80', '-m', '-w', '5');
    const before = listing(lb);
    const written = applied.writes();
    applied.reconcile();
    assert.deepEqual([listing(lb), applied.writes()], [before, written]);
    await applied.clear();
    assert.deepEqual(listing(lb), ['UDP 10.0.0.1:80 rr', '-> 10.1.0.1:80 Masq 1 0 0']);
    lb.run('ipvsadm', '-D', '-u', '10.0.0.1:80');
  });

  it('keeps all servers when all fail at once, unless a sorry server stands by', () => {
    const pair = 'address: 10.1.0.1:80, weight: 5 }, { name: rs1, address: 10.1.0.2:80, weight: 5';
    const applied = apply(services(service('address: 10.0.0.1:80', pair)));
    assert.equal(applied.judgementOf('web')?.mode, 'normal');
    for (const name of ['rs0', 'rs1']) applied.standings.set(name, { health: 'down', drained: false });
    applied.reconcile();
    assert.deepEqual(listing(lb).sort(), [
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
      listing(lb)
        .filter((line) => !line.includes(' 0 0 0'))
        .sort(),
      ['-> 10.1.0.3:80 Masq 1 0 0', 'TCP 10.0.0.1:80 wrr'],
    );
  });

  it('keeps the timeouts of IPVS, and puts them back', async () => {
    const shown = (): string => lb.run('ipvsadm', '-L', '--timeout').trim();
    const before = shown();
    const applied = apply(`${services(service('address: 10.0.0.1:80'))}ipvs_timeouts: { tcp: 111s, udp: 22s }\n`);
    assert.equal(shown(), 'Timeout (tcp tcpfin udp): 111 120 22');
    lb.run('ipvsadm', '--set', '1', '2', '3');
    applied.reconcile();
    assert.equal(shown(), 'Timeout (tcp tcpfin udp): 111 120 22');
    await applied.clear();
    assert.equal(shown(), before);
  });

  it('keeps the connection sync daemons, starts them anew when they change, and ends them', async () => {
    lb.run('ip', 'link', 'add', 'sync0', 'type', 'dummy');
    lb.run('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'sync0');
    lb.run('ip', 'link', 'set', 'sync0', 'up');
    const daemons = (): string[] => lb.run('ipvsadm', '-L', '--daemon').trim().split('\n').sort();
    const web = services(service('address: 10.0.0.1:80'));
    const applied = apply(`${web}connection_sync: { interface: sync0, sync_id: 5 }\n`);
    const shown = (id: number): string[] =>
      ['backup', 'master'].map(
        (state) =>
          `${state} sync daemon (mcast=sync0, syncid=${id}, maxlen=${state === 'master' ? 100 : 1024}, group=224.0.0.81, port=8848, ttl=1)`,
      );
    assert.deepEqual(daemons(), shown(5));
    const written = applied.writes();
    applied.reconcile();
    assert.equal(applied.writes(), written);
    lb.run('ipvsadm', '--stop-daemon', 'master');
    applied.reconcile();
    assert.deepEqual(daemons(), shown(5));
    applied.configure(configOf(`${web}connection_sync: { interface: sync0, sync_id: 6 }\n`));
    applied.reconcile();
    assert.deepEqual(daemons(), shown(6));
    applied.configure(configOf(web));
    applied.reconcile();
    assert.deepEqual(daemons(), ['']);
  });
});
