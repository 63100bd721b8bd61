// Virtual services in the configuration: what they become, and what is refused and where.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { describeMatch, type VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import { readAs } from '../../../../config/schema/kind.ts';
import { readServiceAddresses, serverAddress } from '../../../../config/schema/service-values.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

/** A service of these keys, from line 5 on, its servers on the line after them. */
const document = (keys: readonly string[], servers = '', rest = ''): string =>
  `director: d\nvrrp: { routers: [] }\n${rest}virtual_services:\n  - name: s\n    ${keys.join('\n    ')}\n    real_servers: [${servers}]\n`;

const configOf = (text: string): DirectorConfig => {
  const result = parseConfig(text, 'f');
  if (!result.ok) assert.fail(formatProblems(result.problems));
  return result.config;
};

const serviceOf = (keys: readonly string[], servers?: string): VirtualServiceConfig => {
  const [service] = configOf(document(keys, servers)).virtualServices;
  assert.ok(service);
  return service;
};

const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f');
  return result.ok
    ? []
    : formatProblems(result.problems)
        .split('\n')
        .map((line) => line.replaceAll('f:', ''));
};

describe('addresses of services', () => {
  for (const [text, ...expected] of [
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['10.0.0.1', '10.0.0.1'],
    ['fd00::1', 'fd00::1'],
    ['[fd00::1]:80', '[fd00::1]:80'],
    ['10.0.0.254-10.0.1.1:80', '10.0.0.254:80', '10.0.0.255:80', '10.0.1.0:80', '10.0.1.1:80'],
    ['10.0.0.1-3', '10.0.0.1', '10.0.0.2', '10.0.0.3'],
    ['10.0.0.5/30:80', '10.0.0.4:80', '10.0.0.5:80', '10.0.0.6:80', '10.0.0.7:80'],
    ['[fd00::fffe-fd00::1:0]:80', '[fd00::fffe]:80', '[fd00::ffff]:80', '[fd00::1:0]:80'],
    ['fd00::/127', 'fd00::', 'fd00::1'],
  ] as const)
    it(`${text} is ${expected.join(', ')}`, () =>
      assert.deepEqual(readServiceAddresses(text)?.map(describeMatch), expected));

  for (const text of [
    '',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '10.0.0.256:80',
    '[10.0.0.1]:80',
    '10.0.0.2-1:80',
    '10.0.0.0/19:80',
    '10.0.0.1-10.0.0.2-10.0.0.3',
    '10.0.0.1-fd00::1',
    'fd00::1-9',
    '10.0.0.0/33',
    'web.example:80',
    'fe80::1%eth0',
    80,
  ])
    it(`${JSON.stringify(text)} is none`, () => assert.equal(readServiceAddresses(text), undefined));

  it('of servers are single ones', () => assert.equal(readAs(serverAddress(), '10.0.0.1-2:80').found, undefined));
});

const web = 'address: 10.0.0.1:80';
const one = '{ address: 10.1.0.1:80 }';

describe('a virtual service', () => {
  it('answers to all its addresses and marks', () => {
    const keys = [web, 'addresses: [10.0.0.2-3:80]', 'firewall_marks: [7]'];
    assert.deepEqual(serviceOf(keys, one).matches.map(describeMatch), [
      '10.0.0.1:80',
      '10.0.0.2:80',
      '10.0.0.3:80',
      'mark 7',
    ]);
  });

  for (const [what, keys, server, expected] of [
    ['its own port by masquerading', [web], '10.1.0.1:8080', '10.1.0.1:8080'],
    ["the service's port without one", [web], '10.1.0.1', '10.1.0.1:80'],
    ["the service's port by direct routing", [web, 'forwarding: direct'], '10.1.0.1', '10.1.0.1:80'],
  ] as const)
    it(`gives a server ${what}`, () => {
      const { realServers } = serviceOf(keys, `{ address: "${server}" }`);
      assert.deepEqual(
        realServers.map(({ endpoint }) => describeMatch(endpoint)),
        [expected],
      );
    });

  it('hands its settings to its servers, which may have their own', () => {
    const service = serviceOf(
      [web, 'forwarding: tunnel', 'tunnel: { type: gue }', 'max_connections: 9'],
      '{ address: 10.1.0.1 }, { address: 10.1.0.2, forwarding: masq }, { address: 10.1.0.3, tunnel: { type: gre }, max_connections: 5 }',
    );
    assert.deepEqual(
      service.realServers.map(({ forwarding, tunnel, maxConnections }) =>
        [forwarding, tunnel.type, tunnel.port, maxConnections].join(' '),
      ),
      ['tunnel gue 6080 9', 'masq ipip 0 9', 'tunnel gre 0 5'],
    );
  });

  it('reads shares and the sorry server', () => {
    const service = serviceOf([web, 'panic_threshold: 40%', 'sorry_server: { address: 10.1.0.9:81 }']);
    assert.equal(service.panicThreshold, 40);
    assert.equal(service.sorryServer?.name, '10.1.0.9:81');
    assert.equal(serviceOf([web, 'panic_threshold: 0']).panicThreshold, 0);
  });

  it('reads connection_sync and ipvs_timeouts', () => {
    const rest = 'connection_sync: { interface: eth0, sync_id: 5 }\nipvs_timeouts: { tcp: 15m, udp: 10s }\n';
    const { connectionSync, ipvsTimeouts } = configOf(document([web], '', rest));
    assert.deepEqual(connectionSync, {
      interface: 'eth0',
      syncId: 5,
      maxLength: 100,
      group: '224.0.0.81',
      port: 8848,
      ttl: 1,
      refresh: 10_000,
      preemptWait: 60_000,
    });
    assert.deepEqual(ipvsTimeouts, { tcp: 900_000, udp: 10_000 });
  });

  const rows: [what: string, text: string, ...problems: string[]][] = [
    ['no address', document(['scheduler: rr']), '4:5: a service needs an address, addresses or firewall_marks'],
    [
      'every port without persistence',
      document(['address: 10.0.0.1'], one),
      '5:14: a service on every port needs persistence: give a port or persistence',
    ],
    [
      'nothing to check',
      document(['address: 10.0.0.1', 'persistence: {}'], '{ address: 10.1.0.1 }'),
      '7:31: no port to check: give the server or its check a port',
    ],
    [
      'an address of a range twice',
      document([web, 'addresses: ["10.0.0.0/30:80"]'], one),
      '6:17: service 10.0.0.1:80 is given twice: see 5:14',
    ],
    ['a mark twice', document(['firewall_marks: [7, 7]'], one), '5:25: service mark 7 ipv4 is given twice: see 5:22'],
    [
      'flags of a scheduler without any',
      document([web, 'scheduler_flags: [port]'], one),
      '6:22: only the schedulers sh and mh have flags, not wrr',
    ],
    [
      'one-packet scheduling of TCP',
      document([web, 'one_packet: true'], one),
      '6:17: it needs protocol udp or firewall_marks',
    ],
    [
      'snat with direct routing',
      document([web, 'forwarding: direct', 'snat: true'], one),
      '7:11: snat needs masq: with direct forwarding replies do not pass the director: see 8:31',
    ],
    [
      'snat of a tunnelled server',
      document([web, 'snat: true'], '{ address: 10.1.0.1:80, forwarding: tunnel }'),
      '6:11: snat needs masq: with tunnel forwarding replies do not pass the director: see 7:31',
    ],
    [
      'snat of a mark',
      document(['firewall_marks: [7]', 'snat: true'], one),
      '6:11: snat finds its connections by address: it cannot be used with firewall_marks',
    ],
    [
      'another family behind masquerading',
      document([web], '{ address: "[fd01::1]:80" }'),
      '6:31: masq forwarding keeps the address family, but the service is ipv4: only tunnel can change it: see 5:14',
    ],
    [
      'another family with connection_sync',
      document(
        [web, 'forwarding: tunnel'],
        '{ address: "[fd01::1]:80" }',
        'connection_sync: { interface: e, sync_id: 1 }\n',
      ),
      '8:31: connection_sync cannot carry an ipv6 server of an ipv4 service: see 6:14',
    ],
    [
      'another port behind a tunnel',
      document([web, 'forwarding: tunnel'], '{ address: 10.1.0.1:81 }'),
      '7:31: tunnel forwarding keeps the port, so it must be 80: see 5:14 (did you mean "10.1.0.1:80"?)',
    ],
    [
      'a sorry server that is a real server',
      document([web, 'sorry_server: { address: 10.1.0.1:80 }'], one),
      '6:30: real server 10.1.0.1:80 is given twice: see 7:31',
    ],
    [
      'a quorum out of reach',
      document([web, 'quorum: 3'], one),
      '6:13: a quorum of 3 is never reached: the weights add up to 1',
    ],
    [
      'a hysteresis as large as the quorum',
      document([web, 'quorum: 2', 'hysteresis: 2'], '{ address: 10.1.0.1:80, weight: 9 }'),
      '7:17: must be below the quorum, 2',
    ],
    [
      'a lower limit that is not below the upper',
      document([web, 'max_connections: 5'], '{ address: 10.1.0.1:80, resume_connections: 5 }'),
      '7:64: must be below max_connections, 5',
    ],
    [
      'more bits than an address has',
      document([web, 'persistence: { granularity: 64 }'], one),
      '6:33: an IPv4 address has 32 bits',
    ],
    [
      'a share without its sign',
      document([web, 'panic_threshold: 50'], one),
      '6:22: expected a percentage, such as 50%, or 0, not 50 (did you mean "50%"?)',
    ],
    [
      'a misspelt key of a tunnel',
      document([web, 'forwarding: tunnel', 'tunnel: { tpye: gre }'], one),
      '7:15: unknown key "tpye" (did you mean "type"?)',
    ],
    [
      'a multicast group that is none',
      document([web], one, 'connection_sync: { interface: e, sync_id: 1, group: 10.0.0.1 }\n'),
      '3:53: expected a multicast group, such as 224.0.0.81, not "10.0.0.1"',
    ],
  ];
  for (const [what, text, ...problems] of rows)
    it(`is refused with ${what}`, () => assert.deepEqual(problemsOf(text), problems));
});
