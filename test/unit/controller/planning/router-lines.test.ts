// What a plan says of routers and groups: what is hitless, what cuts connections, and what triggers an election.

import assert from 'node:assert/strict';
import { planChange } from '../../../../controller/plan.ts';
import { describeEffect } from '../../../../controller/plan-line.ts';
import type { Living } from '../../../../controller/planning/living.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';
import { as, parse, replace, testPlans, text } from './small-plans.ts';

describe('a plan of routers', () => {
  testPlans([
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
        'triggers an election: router gw advertises none of its former addresses: peers that have those may ignore it',
      ],
    ],
    [
      'the address of a service given up',
      replace('[10.0.0.100/32]', '[10.0.0.99/32]'),
      as('master'),
      [
        'hitless: router vip gains 10.0.0.99/32',
        'cuts 15 live connections: router vip gives 10.0.0.100/32 up',
        'triggers an election: router vip advertises none of its former addresses: peers that have those may ignore it',
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
      'the address of a service given up by a backup, which serves nobody',
      replace('[10.0.0.100/32]', '[10.0.0.99/32]'),
      as('backup', 200),
      [
        'hitless: router vip gains 10.0.0.99/32',
        'hitless: router vip gives 10.0.0.100/32 up',
        'triggers an election: router vip advertises none of its former addresses: peers that have those may ignore it',
      ],
    ],
    [
      'routers of one state grouped',
      replace('vrrp:\n', 'vrrp:\n  groups: [{ name: lab, routers: [vip, gw] }]\n'),
      as('master'),
      ['hitless: group lab holds vip, gw together'],
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
        'triggers an election: router gw advertises none of its former addresses: peers that have those may ignore it',
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
        ] as RouterStatus[],
      },
      ['triggers an election: router vip priority 150 -> 170'],
    ],
    [
      'the name of a router that was handed over',
      replace('name: vip', 'name: www'),
      { ...as('backup', 200), isAside: (name) => name === 'vip' },
      [
        'triggers an election: router www name vip -> www; vip stands aside by command until then, because commands are by name',
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
        'triggers an election: router gw advertises none of its former addresses: peers that have those may ignore it',
      ],
    ],
    [
      'preemption by a stronger backup',
      replace('51, priority: 150, addresses', '51, priority: 150, preempt: false, addresses'),
      as('backup', 100),
      ['hitless: router vip preempt true -> false'],
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
  ]);

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
});
