// What a new configuration costs: every line says whether it is hitless, cuts connections or triggers an election.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../config/model/model.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { planChange } from '../../../controller/plan.ts';
import { describeEffect } from '../../../controller/plan-line.ts';
import type { Living } from '../../../controller/planning/living.ts';
import type { RouterStatus } from '../../../vrrp/status.ts';

const text = `director: lb0
vrrp:
  routers:
    - { name: vip, interface: eth0, virtual_router_id: 51, priority: 150, addresses: [10.0.0.100/32] }
    - { name: gw, interface: eth0, virtual_router_id: 52, priority: 150, addresses: [10.0.0.101/32] }
virtual_services:
  - name: web
    address: 10.0.0.100:80
    real_servers:
      - { name: rs0, address: 10.1.0.1:80, weight: 100 }
      - { name: rs1, address: 10.1.0.2:80, weight: 100 }
`;
const parse = (source: string): DirectorConfig => {
  const parsed = parseConfig(source, 'regent.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
};
const as = (state: RouterStatus['state'], master?: number): Living => ({
  routers: ['vip', 'gw'].map(
    (name) =>
      ({
        name,
        state,
        ...(master !== undefined && { master: { address: '10.0.0.9', priority: master } }),
      }) as RouterStatus,
  ),
  connectionsOf: (_, { name }) => (name === 'rs0' ? 12 : 3),
});
const plan = (change: (source: string) => string, living: Living = as('master')): string[] =>
  planChange(parse(text), parse(change(text)), living).map(
    (line) => `${describeEffect(line)}: ${line.subject} ${line.change}`,
  );
const replace = (from: string | RegExp, to: string) => (source: string) => source.replace(from, to);

describe('a plan', () => {
  const rows: readonly (readonly [string, (source: string) => string, Living, readonly string[]])[] = [
    ['nothing', (source) => source, as('master'), []],
    [
      "a master's priority raised",
      replace('51, priority: 150', '51, priority: 160'),
      as('master'),
      ['hitless: router vip priority 150 -> 160'],
    ],
    [
      "a master's priority lowered",
      replace('51, priority: 150', '51, priority: 90'),
      as('master'),
      ['triggers an election: router vip priority 150 -> 90'],
    ],
    [
      "a backup's priority raised above its master's",
      replace('51, priority: 150', '51, priority: 250'),
      as('backup', 200),
      ['triggers an election: router vip priority 150 -> 250'],
    ],
    [
      "a backup's priority raised below its master's",
      replace('51, priority: 150', '51, priority: 190'),
      as('backup', 200),
      ['hitless: router vip priority 150 -> 190'],
    ],
    [
      'an address moved from one router to another',
      (source) =>
        source
          .replace('[10.0.0.101/32]', '[10.0.0.102/32]')
          .replace('[10.0.0.100/32]', '[10.0.0.100/32, 10.0.0.101/32]'),
      as('master'),
      [
        'hitless: router vip takes 10.0.0.101/32 over from router gw',
        'hitless: router gw gains 10.0.0.102/32',
        'triggers an election: router gw advertises no address that it did: peers with the old ones may ignore it',
      ],
    ],
    [
      'the address of a service given up',
      replace('[10.0.0.100/32]', '[10.0.0.99/32]'),
      as('master'),
      [
        'hitless: router vip gains 10.0.0.99/32',
        'cuts 15 live connections: router vip gives 10.0.0.100/32 up',
        'triggers an election: router vip advertises no address that it did: peers with the old ones may ignore it',
      ],
    ],
    [
      'another virtual router id',
      replace('virtual_router_id: 51', 'virtual_router_id: 61'),
      as('master'),
      [
        'triggers an election: router vip is added on eth0 with 10.0.0.100/32',
        'triggers an election: router vip is removed, and gives up mastership',
      ],
    ],
    [
      'a real server added',
      (source) => `${source}      - { name: rs2, address: 10.1.0.3:80, weight: 7 }\n`,
      as('master'),
      ['hitless: real server rs2 of web is added with weight 7; it takes connections once its check has passed'],
    ],
    [
      'a weight',
      replace('weight: 100', 'weight: 50'),
      as('master'),
      ['hitless: real server rs0 of web weight 100 -> 50'],
    ],
    [
      'a real server removed',
      replace(/ +- \{ name: rs0.*\n/, ''),
      as('master'),
      ['cuts 12 live connections: real server rs0 of web is removed; its connections have 10 s to end'],
    ],
    [
      'a real server removed that has no connection',
      replace(/ +- \{ name: rs0.*\n/, ''),
      { ...as('master'), connectionsOf: () => 0 },
      ['hitless: real server rs0 of web is removed'],
    ],
    [
      'the address of a service given up by a backup, which serves nobody',
      replace('[10.0.0.100/32]', '[10.0.0.99/32]'),
      as('backup', 200),
      [
        'hitless: router vip gains 10.0.0.99/32',
        'hitless: router vip gives 10.0.0.100/32 up',
        'triggers an election: router vip advertises no address that it did: peers with the old ones may ignore it',
      ],
    ],
    [
      'a service removed',
      (source) => source.slice(0, source.indexOf('virtual_services')),
      as('master'),
      ['cuts 15 live connections: service web is removed'],
    ],
    [
      'the scheduler',
      replace('address: 10.0.0.100:80', 'address: 10.0.0.100:80\n    scheduler: lc'),
      as('master'),
      ['refuses new connections for a moment: service web scheduler wrr -> lc'],
    ],
    [
      'the forwarding',
      replace('address: 10.0.0.100:80', 'address: 10.0.0.100:80\n    forwarding: direct'),
      as('master'),
      [
        'hitless: real server rs0 of web forwarding masq -> direct',
        'hitless: real server rs1 of web forwarding masq -> direct',
      ],
    ],
    [
      'routers of one state grouped',
      replace('vrrp:\n', 'vrrp:\n  groups: [{ name: lab, routers: [vip, gw] }]\n'),
      as('master'),
      ['hitless: group lab holds vip, gw together'],
    ],
    [
      'one address more, and a scheduler at once',
      replace('address: 10.0.0.100:80', 'addresses: ["10.0.0.100:80", "10.0.0.101:80"]\n    scheduler: lc'),
      as('master'),
      [
        'refuses new connections for a moment: service web scheduler wrr -> lc',
        'hitless: service web gains 10.0.0.101:80',
      ],
    ],
    [
      'another address of a service',
      replace('address: 10.0.0.100:80', 'address: 10.0.0.101:80'),
      as('master'),
      ['hitless: service web gains 10.0.0.101:80', 'cuts 15 live connections: service web gives 10.0.0.100:80 up'],
    ],
    [
      'a service that is called otherwise',
      replace('name: web', 'name: www'),
      as('master'),
      ['hitless: service www name web -> www'],
    ],
    [
      'a server in another spelling, and called otherwise',
      (source) => source.replace('name: rs0', 'name: rs7').replace('address: 10.1.0.1:80', 'address: 10.1.0.1'),
      as('master'),
      ['hitless: real server rs7 of web name rs0 -> rs7'],
    ],
    [
      'a drained server that is called otherwise',
      replace('name: rs0', 'name: rs7'),
      { ...as('master'), commandOf: (name) => (name === 'rs0' ? { drained: true } : undefined) },
      [
        'hitless: real server rs7 of web name rs0 -> rs7; that rs0 is drained by command ends, for commands are by name',
      ],
    ],
    [
      'a server that gets the name of a drained one',
      replace('name: rs0', 'name: rs7'),
      { ...as('master'), commandOf: (name) => (name === 'rs7' ? { drained: true } : undefined) },
      ['hitless: real server rs7 of web name rs0 -> rs7; rs7 is drained by command'],
    ],
    [
      'all servers replaced',
      (source) => source.replace('10.1.0.1', '10.1.0.11').replace('10.1.0.2', '10.1.0.12'),
      as('master'),
      [
        'hitless: real server rs0 of web is added with weight 100; it takes connections once its check has passed',
        'hitless: real server rs1 of web is added with weight 100; it takes connections once its check has passed',
        'cuts 12 live connections: real server rs0 of web is removed once another one serves; its connections have 10 s to end',
        'cuts 3 live connections: real server rs1 of web is removed once another one serves; its connections have 10 s to end',
      ],
    ],
    [
      'values of all kinds, in words and units',
      replace(
        'address: 10.0.0.100:80',
        'address: 10.0.0.100:80\n    check: { type: http, interval: 2s }\n    drain_timeout: 1m\n    panic_threshold: 20%\n    persistence: { timeout: 90s }',
      ),
      as('master'),
      [
        'hitless: service web check tcp -> http, drain_timeout 10 s -> 60 s, panic_threshold 1% -> 20%, persistence none -> timeout 90 s',
      ],
    ],
    [
      'a check',
      replace('address: 10.0.0.100:80', 'address: 10.0.0.100:80\n    check: { interval: 200ms, fall: 2 }'),
      as('master'),
      ['hitless: service web check interval 1 s -> 200 ms, check fall 3 -> 2'],
    ],
    [
      'the answers that a check expects',
      replace(
        'address: 10.0.0.100:80',
        'address: 10.0.0.100:80\n    check: { type: http, expected_status: [204, 300-399] }',
      ),
      as('master'),
      ['hitless: service web check tcp -> http'],
    ],
    [
      'a route and a rule of a master',
      replace(
        '52, priority: 150',
        '52, priority: 150, routes: [{ to: default, via: 10.0.0.1 }], rules: [{ from: 10.2.0.0/16, table: 7, priority: 5 }]',
      ),
      as('master'),
      [
        'hitless: router gw gains route default via 10.0.0.1',
        'hitless: router gw gains rule 5: from 10.2.0.0/16 lookup 7',
      ],
    ],
    [
      'an address that is advertised no longer',
      replace('[10.0.0.101/32]', '[10.0.0.102/32], excluded: [10.0.0.101/32]'),
      as('master'),
      [
        'hitless: router gw gains 10.0.0.102/32',
        'hitless: router gw advertises 10.0.0.101/32 no longer',
        'triggers an election: router gw advertises no address that it did: peers with the old ones may ignore it',
      ],
    ],
    [
      "a master's address on another interface",
      replace('addresses: [10.0.0.101/32]', 'addresses: [{ address: 10.0.0.101/32, interface: eth1 }]'),
      as('master'),
      ['cuts connections: router gw 10.0.0.101/32: interface eth0 -> eth1'],
    ],
    [
      'a priority whose tracked items add to it',
      replace('51, priority: 150', '51, priority: 170'),
      {
        ...as('backup', 200),
        routers: [
          { name: 'vip', state: 'backup', priority: 190, master: { address: '10.0.0.9', priority: 200 } },
        ] as never,
      },
      ['triggers an election: router vip priority 150 -> 170'],
    ],
    [
      'the name of a router that was handed over',
      replace('name: vip', 'name: www'),
      { ...as('backup', 200), isAside: (name) => name === 'vip' },
      [
        'triggers an election: router www name vip -> www; that vip stands aside by command ends, for commands are by name',
      ],
    ],
    [
      'a group of masters, where the one lends the other what it tracks',
      (source) =>
        source
          .replace(
            'vrrp:\n',
            'vrrp:\n  files: [{ name: f, path: /run/f, weight: 5 }]\n  groups: [{ name: lab, routers: [vip, gw] }]\n',
          )
          .replace('52, priority: 150', '52, priority: 150, track: [{ file: f }]'),
      as('master'),
      [
        'triggers an election: router gw track file f is added',
        'triggers an election: group lab holds vip, gw together',
        'triggers an election: file f is added; gw follows it',
      ],
    ],
    [
      'the quorum of a service that is tracked',
      (source) =>
        source
          .replace('52, priority: 150', '52, priority: 150, track: [{ service: web }]')
          .replace('address: 10.0.0.100:80', 'address: 10.0.0.100:80\n    quorum: 2'),
      as('master'),
      [
        'triggers an election: router gw track service web is added',
        'triggers an election: service web may gain or lose its quorum; gw follows it',
        'hitless: service web quorum 1 -> 2',
      ],
    ],
    [
      'accept of a master',
      replace('52, priority: 150', '52, priority: 150, accept: false'),
      as('master'),
      ['cuts connections: router gw accept true -> false'],
    ],
    [
      'the address of a master that no service has',
      replace('[10.0.0.101/32]', '[10.0.0.102/32]'),
      as('master'),
      [
        'hitless: router gw gains 10.0.0.102/32',
        'cuts connections: router gw gives 10.0.0.101/32 up',
        'triggers an election: router gw advertises no address that it did: peers with the old ones may ignore it',
      ],
    ],
    [
      'preemption by a stronger backup',
      replace('51, priority: 150, addresses', '51, priority: 150, preempt: false, addresses'),
      as('backup', 100),
      ['hitless: router vip preempt true -> false'],
    ],
    [
      'the name',
      replace('director: lb0', 'director: lb9'),
      as('master'),
      ['is refused: director lb0 -> lb9: the name of a running director cannot change'],
    ],
    [
      'keys of peers',
      replace('52, priority: 150', '52, priority: 150, authentication: { type: hmac, key_file: /k }'),
      as('master'),
      ['triggers an election: router gw authentication none -> hmac'],
    ],
    [
      'a script that a router begins to track',
      (source) =>
        source
          .replace('vrrp:\n', 'vrrp:\n  scripts: [{ name: up, command: [/bin/true] }]\n')
          .replace('51, priority: 150', '51, priority: 150, track: [{ script: up, weight: -20 }]'),
      as('master'),
      [
        'triggers an election: router vip track script up is added',
        'triggers an election: script up is added; vip follows it',
      ],
    ],
    [
      'what nothing tracks, and how fast addresses are announced',
      replace('vrrp:\n', 'vrrp:\n  announce_rate: 100\n  files: [{ name: f, path: /run/f }]\n'),
      as('master'),
      ['hitless: file f is added', 'hitless: vrrp announce_rate 500 a second -> 100 a second'],
    ],
    [
      'a group of routers of several states',
      replace('vrrp:\n', 'vrrp:\n  groups: [{ name: lab, routers: [vip, gw] }]\n'),
      {
        ...as('master'),
        routers: [
          { name: 'vip', state: 'master' },
          { name: 'gw', state: 'backup' },
        ] as RouterStatus[],
      },
      ['triggers an election: group lab holds vip, gw together'],
    ],
    [
      'the rest, and no secret',
      (source) => `${source}log: { level: debug, file: { path: /l, max_size: 2MiB } }
notifications: [{ name: n, webhook: "http://h/", headers: { Authorization: secret } }]
ipvs_timeouts: { udp: 1m }
`,
      as('master'),
      [
        'hitless: ipvs_timeouts udp none -> 60 s',
        'hitless: log level info -> debug',
        'hitless: log file none -> path /l max_size 2 MiB keep 5',
        'hitless: notification n is added',
      ],
    ],
    [
      'hold and watch',
      (source) => `${source.replace('vrrp:\n', 'vrrp:\n  hold: 20s\n')}watch: true\n`,
      as('master'),
      ['hitless: vrrp hold 10 s -> 20 s', 'hitless: watch false -> true'],
    ],
  ];
  const grouped = text.replace('vrrp:\n', 'vrrp:\n  groups: [{ name: lab, routers: [vip, gw] }]\n');
  const states = (...pair: [RouterStatus['state'], RouterStatus['state']]): Living => ({
    ...as('master'),
    routers: ['vip', 'gw'].map((name, index) => ({ name, state: pair[index], priority: 150 }) as RouterStatus),
  });
  const dissolved = (living: Living, before = grouped) =>
    planChange(parse(before), parse(text), living)
      .filter(({ subject }) => subject === 'group lab')
      .map(describeEffect);
  it('of a group of masters that is dissolved', () =>
    assert.deepEqual(dissolved(states('master', 'master')), ['hitless']));
  it('of a group that is dissolved while a member waits for the others', () =>
    assert.deepEqual(dissolved(states('candidate', 'backup')), ['triggers an election']));
  it('of a group that is dissolved, with what it tracks', () =>
    assert.deepEqual(
      dissolved(
        states('master', 'master'),
        grouped.replace('[vip, gw] }', '[vip, gw], track: [{ interface: eth1, weight: 5 }] }'),
      ),
      ['triggers an election'],
    ));

  for (const [what, change, living, expected] of rows)
    it(`of ${what}`, () => assert.deepEqual(plan(change, living), expected));
});
