// What a plan says of services and real servers: what is hitless, and how many connections are cut.

import { as, replace, testPlans } from './small-plans.ts';

describe('a plan of services', () => {
  testPlans([
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
        'hitless: real server rs7 of web name rs0 -> rs7; rs0 is drained by command until then, because commands are by name',
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
        'cuts 12 live connections: real server rs0 of web is removed once another server takes connections; its connections have 10 s to end',
        'cuts 3 live connections: real server rs1 of web is removed once another server takes connections; its connections have 10 s to end',
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
  ]);
});
