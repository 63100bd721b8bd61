// The keys of tracking: their defaults, and what is refused and where.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const text = (router: string, vrrp = '', group = ''): string => `director: d
vrrp:
  routers:
    - { name: a, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1]${router} }
  groups: [{ name: g, routers: [a]${group} }]
${vrrp}`;
const problemsOf = (source: string): string[] => {
  const result = parseConfig(source, 'f');
  return result.ok
    ? []
    : formatProblems(result.problems)
        .split('\n')
        .map((line) => line.replace(/^f:/, ''));
};
const bfd = '  bfd: [{ name: lb1, peer: 10.0.0.2 }]\n';

describe('tracking in the configuration', () => {
  it('fills in the defaults', () => {
    const vrrp = `  scripts: [{ name: s, command: [/bin/true, x], interval: 2s }]
  processes: [{ name: p, process: haproxy }]
  files: [{ name: f, path: /run/rank }]
${bfd}`;
    const track = ', track: [{ interface: eth1 }, { script: s, weight: -5 }, { route: default }, { bfd: lb1 }]';
    const result = parseConfig(text(track, vrrp), 'f');
    assert.ok(result.ok, JSON.stringify(result));
    const { scripts, processes, files, bfd: sessions, routers } = result.config.vrrp;
    assert.deepEqual(
      { scripts, processes, files, sessions, track: routers[0]?.track },
      {
        scripts: [
          { name: 's', command: ['/bin/true', 'x'], interval: 2000, timeout: 2000, rise: 1, fall: 1, weight: 0 },
        ],
        processes: [{ name: 'p', process: 'haproxy', quorum: 1, weight: 0 }],
        files: [{ name: 'f', path: '/run/rank', weight: 1 }],
        sessions: [{ name: 'lb1', peer: '10.0.0.2', minTx: 300, minRx: 300, multiplier: 3 }],
        track: [
          { kind: 'interface', name: 'eth1', downDelay: 0, upDelay: 1000 },
          { kind: 'script', name: 's', weight: -5, downDelay: 0, upDelay: 0 },
          { kind: 'route', name: '0.0.0.0/0', downDelay: 0, upDelay: 1000 },
          { kind: 'bfd', name: 'lb1', downDelay: 0, upDelay: 0 },
        ],
      },
    );
  });

  const rows: [name: string, source: string, ...problems: string[]][] = [
    [
      'a weight beyond 253',
      text(', track: [{ interface: eth1, weight: -254 }]'),
      '4:115: expected a whole number from -253 to 253, not -254',
    ],
    [
      'an entry of nothing',
      text(', track: [{ weight: 5 }]'),
      '4:88: expected one of interface, script, process, file, service, route, neighbour, bfd in each entry',
    ],
    [
      'an entry of two things',
      text(', track: [{ interface: a, route: default }]'),
      '4:88: expected one of interface, script, process, file, service, route, neighbour, bfd in each entry',
    ],
    [
      'a misspelt kind',
      text(', track: [{ interfcae: a, weight: 1 }]'),
      '4:90: unknown key "interfcae" (did you mean "interface"?)',
    ],
    [
      'an unknown script',
      text(', track: [{ script: chekc }]', '  scripts: [{ name: check, command: [/c] }]\n'),
      '4:98: no script is named "chekc" (did you mean "check"?)',
    ],
    [
      'an unknown session of a group',
      text('', bfd, ', track: [{ bfd: lb2 }]'),
      '5:52: no BFD session is named "lb2" (did you mean "lb1"?)',
    ],
    ['an unknown service', text(', track: [{ service: web }]'), '4:99: no virtual service is named "web"'],
    [
      'an item tracked twice',
      text(', track: [{ route: default }, { route: default }]'),
      '4:117: route "default" is tracked twice: see f:4:97',
    ],
    [
      'a route that is none',
      text(', track: [{ route: 10.0.0.0/33 }]'),
      '4:97: expected "default" or a prefix, such as 192.0.2.0/24, not "10.0.0.0/33"',
    ],
    [
      'a neighbour that is no address',
      text(', track: [{ neighbour: gw }]'),
      '4:101: expected an IP address, such as 192.0.2.1 or fe80::1, not "gw"',
    ],
    [
      'a script that is not named from the root',
      text('', '  scripts: [{ name: s, command: [check] }]\n'),
      '6:34: expected the absolute path of a program, such as /usr/local/bin/check, not "check"',
    ],
    [
      'a name twice',
      text('', '  files: [{ name: s, path: /a }, { name: s, path: /b }]\n'),
      '6:42: file name "s" is used twice: see f:6:19',
    ],
    [
      'a peer twice',
      text('', '  bfd: [{ name: s, peer: 10.0.0.2 }, { name: t, peer: 10.0.0.2 }]\n'),
      '6:55: peer "10.0.0.2" is used twice: see f:6:26',
    ],
    [
      'packets too often',
      text('', '  bfd: [{ name: s, peer: 10.0.0.2, min_tx: 5ms }]\n'),
      '6:44: expected 10ms to 60s between packets, not "5ms"',
    ],
    [
      'a delay of what is off',
      text(', preempt: false, preempt_delay: 5s'),
      '4:111: there is no preemption to delay: see f:4:89',
    ],
    [
      'a delay of the owner',
      text(', priority: 255, preempt_delay: 5s'),
      '4:110: a router of priority 255 owns its addresses and preempts at once: see f:4:90',
    ],
    [
      'a weight of the owner',
      text(', priority: 255, track: [{ interface: eth1, weight: 5 }]'),
      '4:130: the priority of an address owner never changes, so a weight has no effect: see f:4:90',
    ],
    [
      'a session whose end is a fault',
      text(', track: [{ bfd: lb1, weight: 0 }]', bfd),
      '4:108: with weight 0 the end of the other director faults this router; without a weight this router takes over at once',
    ],
  ];
  for (const [name, source, ...problems] of rows)
    it(`refuses ${name}`, () => assert.deepEqual(problemsOf(source), problems));
});
