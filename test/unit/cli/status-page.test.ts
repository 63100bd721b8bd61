// The status page: everything an operator looks for is on it, in columns.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { faultsOf } from '../../../cli/health.ts';
import { renderStatus } from '../../../cli/status-page.ts';
import type { Status } from '../../../controller/control/status.ts';
import { ip } from '../../../net/ip-address.ts';

const now = Date.parse('2026-01-31T12:00:00Z');
const status: Status = {
  format: 1,
  version: '0.1.0',
  director: 'lb0',
  cluster: 'pair',
  startedAt: now - 90_000_000,
  uptime: milliseconds(90_000_000),
  configuredAt: now - 3_600_000,
  processes: { vrrp: 11 },
  programs: [
    { name: 'vrrp', pid: 11, build: 'a', installed: 'a', answers: true, losses: 0, restarts: 0 },
    {
      name: 'healthcheck',
      installed: 'a',
      answers: false,
      losses: 2,
      restarts: 2,
      startsAgainIn: milliseconds(11_500),
    },
  ],
  routers: [
    {
      name: 'vip',
      interface: 'eth0',
      virtualRouterId: 51,
      version: 3,
      family: 'ipv4',
      destinations: [ip('224.0.0.18')],
      farewellsSent: 0,
      farewellsReceived: 0,
      mismatched: {},
      basePriority: 150,
      priorityChanges: [{ item: 'script db', by: -20, reason: 'ended with 1' }],
      faults: [],
      awaited: [],
      tracked: [],
      newMasterReason: 'priority',
      protocolError: 'none',
      priority: 130,
      state: 'backup',
      since: now - 65_000,
      lasted: milliseconds(65_000),
      reason: '10.0.0.2 (priority 200) outranks 10.0.0.1 (priority 130)',
      addresses: ['10.0.0.100/32'],
      routes: ['default via 10.0.0.1 in table 100'],
      rules: ['900: from 10.1.0.0/24 lookup 100', '901: from all by eth1 prohibit'],
      masterDownInterval: milliseconds(3414),
      master: { address: ip('10.0.0.2'), priority: 200 },
      countedSince: 0,
      sent: 7,
      received: 8,
      dropped: { checksum: 2, ttl: 1 },
      transitionsToMaster: 1,
      worstLateness: milliseconds(1.25),
      advertisementLateness: { bounds: [], counts: [0], sum: milliseconds(0) },
      rivals: [],
      splitBrains: 0,
    } as Status['routers'][number],
  ],
  services: [
    {
      name: 'web',
      address: '10.0.0.100:80',
      scheduler: 'wrr',
      mode: 'sorry',
      quorum: 'lost',
      servers: [
        {
          name: 'rs0',
          address: '10.1.0.1:80',
          health: 'up',
          reason: '2 successes in a row',
          since: now - 5000,
          lasted: milliseconds(5000),
          latency: 0.8,
          drained: true,
          command: { by: 'lb1', at: now },
          configuredWeight: 100,
          weight: 0,
          activeConnections: 3,
          inactiveConnections: 40,
        },
        {
          name: 'rs1',
          address: '10.1.0.2:80',
          health: 'down',
          reason: '3 failures in a row: no answer within 500 ms',
          lastError: 'connection refused',
          since: now - 5000,
          lasted: milliseconds(5000),
          drained: false,
          configuredWeight: 100,
        },
      ],
    },
  ],
  peers: [
    {
      address: '10.0.0.2:8550',
      reachable: false,
      since: now - 1000,
      lasted: milliseconds(1000),
      lastError: 'no answer',
      pending: true,
    },
  ],
  splitBrain: { reaction: 'report', verdicts: [] },
  notifications: [{ name: 'pager', delivered: 5, waiting: 1, lost: 0, lastError: '503' }],
  ipvs: { writes: 0 },
  bfd: [
    {
      name: 'lb1',
      peer: ip('10.0.0.2'),
      state: 'down',
      diagnostic: 'detection time expired',
      detectionTime: milliseconds(90),
      sent: 10,
      received: 9,
      dropped: { ttl: 1, source: 2 },
    } as unknown as Status['bfd'][number],
  ],
  interfaces: [],
  warnings: ['the healthcheck process is not running'],
};
const plain = (_: unknown, text: string): string => text;
const linesOf = (shown: Status, width: number): string[] => renderStatus(shown, width, plain).split('\n');

describe('the status page', () => {
  it('reads, a line each where there is room', () =>
    assert.deepEqual(linesOf(status, Number.POSITIVE_INFINITY), [
      'director lb0, up 1d 1h, configured 2026-01-31 11:00:00 UTC, vrrp 11, healthcheck not running, starts again in 12s',
      'warning: the healthcheck process is not running',
      '',
      'ROUTER  STATE   SINCE  PRIO  MASTER          SENT  HEARD  DROPPED    LATE  WHY',
      'vip     backup  1m 5s   130  10.0.0.2 (200)     7      8        3  1.3 ms  10.0.0.2 (priority 200) outranks 10.0.0.1 (priority 130); priority 130 instead of 150: -20 because script db ended with 1; 10.0.0.100/32; route default via 10.0.0.1 in table 100; rules 900: from 10.1.0.0/24 lookup 100, 901: from all by eth1 prohibit',
      '',
      'service web 10.0.0.100:80 wrr, 3 active connections, sorry mode, its quorum is lost',
      '  SERVER  ADDRESS      STATE        SINCE  WEIGHT  ACTIVE  INACT  LATENCY  WHY',
      '  rs0     10.1.0.1:80  drained, up  5s          0       3     40   0.8 ms  2 successes in a row; by command on lb1',
      '  rs1     10.1.0.2:80  down         5s          -       -      -        -  3 failures in a row: no answer within 500 ms; last error: connection refused',
      '',
      'BFD  PEER      STATE                         DETECTS  SENT  HEARD  DROPPED',
      'lb1  10.0.0.2  down, detection time expired    90 ms    10      9        3',
      '',
      'PEER  ADDRESS        COMMANDS     SINCE',
      '-     10.0.0.2:8550  not reached  1s     no answer',
      '',
      'NOTIFIED  DELIVERED  WAITING  LOST',
      'pager             5        1     0  last error: 503',
      '',
    ]));

  it('wraps what a terminal of 80 columns has no room for, and loses nothing', () => {
    const narrow = linesOf(status, 80);
    assert.deepEqual(
      narrow.filter((line) => line.length > 80),
      [],
    );
    const words = (lines: readonly string[]): string[] =>
      lines
        .join(' ')
        .replaceAll(';', '')
        .split(/ +/)
        .filter((word) => word !== '')
        .sort();
    const wide = linesOf(status, Number.POSITIVE_INFINITY).join('\n').replaceAll('  WHY', '').split('\n');
    assert.deepEqual(words(narrow), words(wide));
    const below = narrow.slice(narrow.findIndex((line) => line.startsWith('vip')) + 1);
    assert.deepEqual(below.slice(0, 3), [
      '    10.0.0.2 (priority 200) outranks 10.0.0.1 (priority 130)',
      '    priority 130 instead of 150: -20 because script db ended with 1',
      '    10.0.0.100/32',
    ]);
  });

  it('shows the sessions of the routing daemon: what notices its death, and what each exports', () => {
    const exported = (origin: 'igp' | 'incomplete') => [{ prefix: '192.0.2.10/32', origin, med: 0 }];
    const up = { state: 'Established', isUp: true, isOff: false } as const;
    const sessions = [
      { neighbour: ip('10.0.0.1'), ...up, holdTime: milliseconds(9000), bfd: 'up' as const, exported: exported('igp') },
      { neighbour: ip('10.0.0.2'), ...up, holdTime: milliseconds(0), exported: exported('incomplete') },
      {
        neighbour: ip('10.0.0.3'),
        state: 'Active',
        isUp: false,
        isOff: false,
        lastError: 'Hold timer expired',
        exported: [],
      },
    ];
    const shown = { ...status, anycast: { interface: 'regent0', lease: 3, addresses: [], engine: { sessions } } };
    const lines = linesOf(shown, 200);
    const first = lines.findIndex((line) => line.startsWith('SESSION'));
    assert.deepEqual(lines.slice(first, first + 4), [
      'SESSION   STATE         HOLD  BFD  EXPORTS',
      '10.0.0.1  Established     9s  up   1 route',
      '10.0.0.2  Established  never  -    1 route, origin incomplete, MED 0',
      '10.0.0.3  Active           -  -    Hold timer expired',
    ]);
  });

  it('colours nothing but what it is told to', () =>
    assert.ok(renderStatus(status, 200, (format, text) => `<${String(format)}:${text}>`).includes('<red:down>')));
});

describe('the health of a director', () => {
  it('is its warnings', () => assert.deepEqual(faultsOf(status, undefined), status.warnings));
  it('is wrong too where a router should be master', () =>
    assert.deepEqual(faultsOf({ ...status, warnings: [] }, 'vip'), ['router vip is backup, not master']));
  it('is wrong too where there is no such router', () =>
    assert.deepEqual(faultsOf({ ...status, warnings: [] }, 'x'), ['there is no router x']));
});
