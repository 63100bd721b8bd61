// What a plan says of changes to anycast addresses: what is withdrawn, and which connections that costs.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { planHandover } from '../../../../controller/handover-cost.ts';
import { planChange } from '../../../../controller/plan.ts';
import { describeEffect } from '../../../../controller/plan-line.ts';
import type { Living } from '../../../../controller/planning/living.ts';

const text = `director: lb0
anycast:
  interface: regent0
  lease: 3s
  engine: { type: bird }
  addresses:
    - { name: web, addresses: [192.0.2.10/32, 192.0.2.11/32], announce_while: [web], drain: 30s, keep_last: true }
    - { name: dns, addresses: [192.0.2.53/32] }
virtual_services:
  - name: web
    addresses: [192.0.2.10:80, 192.0.2.11:80]
    scheduler: mh
    scheduler_flags: [port, fallback]
    forwarding: direct
    real_servers: [{ name: rs0, address: 10.1.0.1:80 }, { name: rs1, address: 10.1.0.2:80 }]
  - name: mail
    address: 198.51.100.1:25
    forwarding: direct
    real_servers: [{ name: rs0, address: 10.1.0.1:25 }]
peers: { listen: 10.1.0.9:8550, key_file: /etc/regent/peers.key, directors: [10.1.0.8:8550] }
`;

const parse = (source: string): DirectorConfig => {
  const parsed = parseConfig(source, 'regent.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
};

const alone: Living = {
  routers: [],
  anycast: [
    { name: 'web', state: 'announced' },
    { name: 'dns', state: 'announced' },
  ],
  connectionsOf: ({ name, matches }, server) =>
    name === 'web' ? matches.length * (server.name === 'rs0' ? 10 : 4) : 0,
};
const fleet: Living = { ...alone, announcedElsewhere: () => true };
const last: Living = { ...alone, announcedElsewhere: () => false };

const write = (lines: ReturnType<typeof planChange>): string[] =>
  lines.map((line) => `${describeEffect(line)}: ${line.subject} ${line.change}`);
const plan = (change: (source: string) => string, living: Living, source = text): string[] => {
  const changed = change(source);
  assert.notEqual(changed, source);
  return write(planChange(parse(source), parse(changed), living));
};
const replace = (from: string | RegExp, to: string) => (source: string) => source.replace(from, to);

const removeDns = replace(/ +- \{ name: dns.*\n/, '');
const withoutSecond = replace(', 192.0.2.11/32', '');
const moved = replace('interface: regent0', 'interface: any0');
const router = `vrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.53/32] }] }\n`;

const rows: readonly (readonly [string, (source: string) => string, Living, readonly string[]])[] = [
  [
    'an entry that is added',
    (source) => `${source.replace('- { name: dns', '- { name: ntp, addresses: [192.0.2.123] }\n    - { name: dns')}`,
    fleet,
    ['hitless: anycast ntp is added with 192.0.2.123/32'],
  ],
  [
    'an entry that is removed while others announce',
    removeDns,
    fleet,
    ['hitless: anycast dns is removed: it is withdrawn, served for 30 s more, then released'],
  ],
  [
    'an entry that is removed by the last director',
    removeDns,
    last,
    [
      'cuts connections: anycast dns is removed: it is withdrawn, served for 30 s more, then released; no other director announces it',
    ],
  ],
  [
    'an address that is given up',
    withoutSecond,
    fleet,
    ['hitless: anycast web gives 192.0.2.11/32 up: it is withdrawn, served for 30 s more, then released'],
  ],
  [
    'an address that the last director gives up',
    withoutSecond,
    last,
    [
      'cuts 14 live connections: anycast web gives 192.0.2.11/32 up: it is withdrawn, served for 30 s more, then released; no other director announces it',
    ],
  ],
  [
    'an address that is given up without peers',
    withoutSecond,
    alone,
    [
      'hitless: anycast web gives 192.0.2.11/32 up: it is withdrawn, served for 30 s more, then released; its connections go on where another director announces it',
    ],
  ],
  [
    'an address that is given up while nothing is announced',
    withoutSecond,
    { ...last, anycast: [] },
    ['hitless: anycast web gives 192.0.2.11/32 up: it is withdrawn, served for 30 s more, then released'],
  ],
  [
    'an address that moves to another entry',
    (source) => source.replace(', 192.0.2.11/32', '').replace('[192.0.2.53/32]', '[192.0.2.53/32, 192.0.2.11/32]'),
    last,
    ['hitless: anycast dns takes 192.0.2.11/32 over from anycast web'],
  ],
  [
    'an address that a router gets',
    (source) => router + removeDns(source),
    fleet,
    [
      'triggers an election: router vip is added on eth0 with 192.0.2.53/32',
      'triggers an election: anycast dns gives 192.0.2.53/32 up to router vip: withdrawn and released at once',
    ],
  ],
  [
    'another interface',
    moved,
    fleet,
    ['web', 'dns'].map(
      (name) =>
        `hitless: anycast ${name} interface regent0 -> any0: withdrawn until the routing daemon announces what is on any0`,
    ),
  ],
  [
    'another interface of the last director',
    moved,
    last,
    [
      'cuts 28 live connections: anycast web interface regent0 -> any0: withdrawn until the routing daemon announces what is on any0; no other director announces it',
      'cuts connections: anycast dns interface regent0 -> any0: withdrawn until the routing daemon announces what is on any0; no other director announces it',
    ],
  ],
  [
    'lease and engine',
    (source) => source.replace('lease: 3s', 'lease: 5s').replace('type: bird', 'type: frr'),
    last,
    ['hitless: anycast lease 3 s -> 5 s', 'hitless: anycast engine bird -> frr'],
  ],
  [
    'a service that is down',
    replace('announce_while: [web]', 'announce_while: [web, mail]'),
    { ...fleet, isDown: (name) => name === 'mail' },
    ['hitless: anycast web announce_while web -> web, mail', 'hitless: anycast web is withdrawn: mail has no quorum'],
  ],
  [
    'a service that is down, where keep_last keeps it',
    replace('announce_while: [web]', 'announce_while: [web, mail]'),
    { ...last, isDown: (name) => name === 'mail' },
    ['hitless: anycast web announce_while web -> web, mail'],
  ],
  [
    'a service that is up',
    replace('announce_while: [web]', 'announce_while: [web, mail]'),
    { ...fleet, isDown: () => false },
    ['hitless: anycast web announce_while web -> web, mail'],
  ],
  [
    'keep_last, which keeps it',
    replace('keep_last: true', 'keep_last: false'),
    { ...last, anycast: [{ name: 'web', state: 'announced', last: true }] },
    [
      'hitless: anycast web keep_last true -> false',
      'cuts 28 live connections: anycast web is withdrawn: its services have no quorum, and it is no longer kept; no other director announces it',
    ],
  ],
  [
    'keep_last and drain otherwise',
    (source) => source.replace('keep_last: true', 'keep_last: false').replace('drain: 30s', 'drain: 5s'),
    last,
    ['hitless: anycast web drain 30 s -> 5 s, keep_last true -> false'],
  ],
  ['another name', replace('name: dns', 'name: names'), last, ['hitless: anycast names name dns -> names']],
  [
    'another name, while it is handed over',
    replace('name: dns', 'name: names'),
    { ...fleet, isAside: (name) => name === 'dns' },
    ['hitless: anycast names name dns -> names; dns is handed over by command, and commands are by name'],
  ],
  [
    'another hash',
    replace(
      'scheduler: mh\n    scheduler_flags: [port, fallback]',
      'scheduler: sh\n    scheduler_flags: [port, fallback]',
    ),
    fleet,
    [
      'cuts connections: anycast web until all directors choose servers of web in the same way, connections that a router moves are lost',
      'refuses new connections for a moment: service web scheduler mh -> sh',
    ],
  ],
  [
    'servers in another order',
    replace(
      '{ name: rs0, address: 10.1.0.1:80 }, { name: rs1, address: 10.1.0.2:80 }',
      '{ name: rs1, address: 10.1.0.2:80 }, { name: rs0, address: 10.1.0.1:80 }',
    ),
    fleet,
    [
      'cuts connections: anycast web until all directors choose servers of web in the same way, connections that a router moves are lost',
    ],
  ],
  [
    'a weight',
    replace('10.1.0.2:80 }', '10.1.0.2:80, weight: 5 }'),
    fleet,
    [
      'cuts connections: anycast web until all directors choose servers of web in the same way, connections that a router moves are lost',
      'hitless: real server rs1 of web weight 1 -> 5',
    ],
  ],
  [
    'no hash any more',
    (source) =>
      source
        .replace('scheduler: mh\n    scheduler_flags: [port, fallback]', 'scheduler: wrr')
        .replace('keep_last: true', 'keep_last: true, any_scheduler: true'),
    fleet,
    [
      'hitless: anycast web any_scheduler false -> true',
      'cuts connections: anycast web from now on each director chooses servers of web by itself, connections that a router moves are lost',
      'hitless: service web scheduler_flags port, fallback -> none',
      'refuses new connections for a moment: service web scheduler mh -> wrr',
    ],
  ],
  [
    'a service elsewhere',
    replace('10.1.0.1:25', '10.1.0.3:25'),
    fleet,
    [
      'hitless: real server rs0 of mail is added with weight 1; it takes connections once its check has passed',
      'hitless: real server rs0 of mail is removed once another server takes connections',
    ],
  ],
];

describe('a plan of anycast addresses', () => {
  for (const [what, change, living, expected] of rows)
    it(`of ${what}`, () => assert.deepEqual(plan(change, living), expected));

  it('of no anycast addresses any more', () => {
    const none = (source: string) => source.replace(/anycast:[\s\S]*?virtual_services/, 'virtual_services');
    const lines = plan(none, fleet);
    assert.equal(
      lines.filter((line) => /^hitless: anycast (web|dns) is removed: it is withdrawn/.test(line)).length,
      2,
    );
  });

  it('of the first anycast addresses', () => {
    const none = text.replace(/anycast:[\s\S]*?virtual_services/, 'virtual_services');
    assert.deepEqual(write(planChange(parse(none), parse(text), { ...fleet, anycast: [] })), [
      'hitless: anycast web is added with 192.0.2.10/32 192.0.2.11/32',
      'hitless: anycast dns is added with 192.0.2.53/32',
    ]);
  });

  it('that masquerades, whose connections return through this director', () => {
    const masked = text.replace('forwarding: direct', 'forwarding: masq');
    const [line = ''] = plan(withoutSecond, fleet, masked);
    assert.match(line, /^cuts 14 live connections: .*; replies of its connections return through this director alone$/);
  });

  it('that is handed over', () => {
    const config = parse(text);
    assert.deepEqual(
      write(planHandover(config, ['web', 'dns'], fleet)),
      ['web', 'dns'].map((name) => `hitless: anycast ${name} is withdrawn, served for 30 s more, then released`),
    );
    assert.deepEqual(write(planHandover(config, ['web'], last)), [
      'cuts 28 live connections: anycast web is withdrawn, served for 30 s more, then released; no other director announces it',
    ]);
    assert.deepEqual(
      write(planHandover(config, ['web'], { ...fleet, anycast: [{ name: 'web', state: 'draining' }] })),
      [],
    );
  });
});
