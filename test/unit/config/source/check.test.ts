// The checks of a configuration: what each kind's keys become, which are refused and where, and whose checks a server has.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const documentOf = (service: string, server = ''): string =>
  `director: d\nvrrp: { routers: [] }\nvirtual_services:\n  - name: s\n    address: 10.0.0.1:80\n    ${service}\n    real_servers: [{ address: 10.0.1.1:80${server} }]\n`;

const parse = (service: string, server = '') => {
  const result = parseConfig(documentOf(service, server), 'f');
  if (!result.ok) assert.fail(formatProblems(result.problems));
  const [only] = result.config.virtualServices;
  assert.ok(only);
  return only;
};

const problemsOf = (service: string, server = ''): string[] => {
  const result = parseConfig(documentOf(service, server), 'f');
  return result.ok ? [] : formatProblems(result.problems).split('\n');
};

const common = { interval: 1000, timeout: 500, rise: 2, fall: 3 };
const http = {
  ...common,
  method: 'GET',
  path: '/',
  headers: {},
  expectedStatus: [{ from: 200, to: 299 }],
  followRedirects: 0,
  keepAlive: false,
  strict: false,
};
const twoWeeks = 14 * 86_400_000;
const tls = { verify: false, minVersion: '1.2', expiryWarning: twoWeeks };

describe('checks of a configuration', () => {
  const defaults: [keys: string, model: object][] = [
    ['{}', { type: 'tcp', ...common }],
    ['{ type: tcp }', { type: 'tcp', ...common }],
    ['{ type: http }', { type: 'http', ...http }],
    ['{ type: https }', { type: 'https', ...http, tls }],
    [
      '{ type: dns }',
      { type: 'dns', ...common, transport: 'udp', queryName: '.', recordType: 'SOA', expectedRcode: 'NOERROR' },
    ],
    ['{ type: udp }', { type: 'udp', ...common, payload: { encoding: 'utf8', text: '' }, silence: 'fails' }],
    ['{ type: smtp }', { type: 'smtp', ...common, security: 'none', tls }],
    ['{ type: ping }', { type: 'ping', ...common, size: 32 }],
    ['{ type: grpc }', { type: 'grpc', ...common, service: '' }],
    [
      '{ type: script, command: [/bin/true] }',
      {
        type: 'script',
        ...common,
        command: ['/bin/true'],
        environment: {},
        weightFromOutput: false,
        weightFromStatus: false,
      },
    ],
    ['{ type: file, path: /run/x }', { type: 'file', ...common, path: '/run/x', content: 'state', missing: 'down' }],
  ];
  for (const [keys, model] of defaults) {
    it(`fills in the defaults of ${keys}`, () => assert.deepEqual(parse(`check: ${keys}`).checks, [model]));
  }

  const values: [keys: string, model: object][] = [
    [
      '{ interval: 2s, fast_interval: 200ms, timeout: 1s, rise: 1, fall: 2, address: "2001:db8::1", port: 81, source_address: "2001:db8::2" }',
      {
        type: 'tcp',
        interval: 2000,
        fastInterval: 200,
        timeout: 1000,
        rise: 1,
        fall: 2,
        address: '2001:db8::1',
        port: 81,
        sourceAddress: '2001:db8::2',
      },
    ],
    ['{ flap_damping: {} }', { type: 'tcp', ...common, flapDamping: { falls: 3, within: 60_000, hold: 60_000 } }],
    [
      '{ type: http, method: HEAD, path: "/up?x=1", host: web.example, headers: { X-A: "1" }, expected_status: [204, 300-399], follow_redirects: 3, keep_alive: true }',
      {
        type: 'http',
        ...http,
        method: 'HEAD',
        path: '/up?x=1',
        host: 'web.example',
        headers: { 'X-A': '1' },
        expectedStatus: [
          { from: 204, to: 204 },
          { from: 300, to: 399 },
        ],
        followRedirects: 3,
        keepAlive: true,
      },
    ],
    ['{ type: http, body_contains: ok }', { type: 'http', ...http, bodyContains: 'ok' }],
    ['{ type: http, body_matches: "^o+k$" }', { type: 'http', ...http, bodyMatches: '^o+k$' }],
    [
      '{ type: https, tls: { ca: /ca, server_name: a.b, certificate: /c, key: /k, expiry_warning: 0d } }',
      {
        type: 'https',
        ...http,
        tls: {
          ca: '/ca',
          serverName: 'a.b',
          certificate: '/c',
          key: '/k',
          verify: true,
          minVersion: '1.2',
          expiryWarning: 0,
        },
      },
    ],
    [
      '{ type: http, body_lacks: "(?i)down", strict: true }',
      { type: 'http', ...http, bodyLacks: '(?i)down', strict: true },
    ],
    ['{ type: http, host: "[2001:db8::1]:8080" }', { type: 'http', ...http, host: '[2001:db8::1]:8080' }],
    ['{ type: http, host: "a_b.example.:80" }', { type: 'http', ...http, host: 'a_b.example.:80' }],
    ['{ type: https, tls: { min_version: 1.0 } }', { type: 'https', ...http, tls: { ...tls, minVersion: '1.0' } }],
    ['{ type: https, tls: { min_version: "1.1" } }', { type: 'https', ...http, tls: { ...tls, minVersion: '1.1' } }],
    [
      '{ type: smtp, helo_name: "[IPv6:2001:db8::1]" }',
      { type: 'smtp', ...common, security: 'none', heloName: '[IPv6:2001:db8::1]', tls },
    ],
    ['{ type: https, tls: { verify: true } }', { type: 'https', ...http, tls: { ...tls, verify: true } }],
    [
      '{ type: udp, payload_hex: "00 FF", expected_reply: pong }',
      {
        type: 'udp',
        ...common,
        payload: { encoding: 'hex', text: '00ff' },
        expectedReply: { encoding: 'utf8', text: 'pong' },
        silence: 'fails',
      },
    ],
    ['{ type: grpc, service: a.B, tls: {} }', { type: 'grpc', ...common, service: 'a.B', tls }],
  ];
  for (const [keys, model] of values) {
    it(`reads ${keys}`, () => assert.deepEqual(parse(`check: ${keys}`).checks, [model]));
  }

  it('takes a list, an empty one too, and gives a server its own instead of the service’s', () => {
    const types = (list: readonly { readonly type: string }[] | undefined) => list?.map(({ type }) => type);
    assert.deepEqual(types(parse('checks: [{ type: ping }, { type: http }]').checks), ['ping', 'http']);
    assert.deepEqual(parse('checks: []').checks, []);
    const service = parse('check: { type: http }', ', check: { type: ping }');
    assert.deepEqual(types(service.realServers[0]?.checks), ['ping']);
    assert.deepEqual(types(service.checks), ['http']);
    assert.deepEqual(types(parse('snat: false', ', checks: []').realServers[0]?.checks), []);
    assert.equal(parse('check: {}').realServers[0]?.checks, undefined);
  });

  const refusals: [what: string, service: string, ...problems: string[]][] = [
    ['a list for a mapping', 'check: []', 'f:6:12: expected a mapping'],
    [
      'an unknown type',
      'check: { type: htp }',
      'f:6:20: expected one of tcp, http, https, dns, udp, smtp, ping, grpc, script, file, not "htp" (did you mean "http"?)',
    ],
    [
      'a misspelt key of its kind',
      'check: { type: http, metod: GET }',
      'f:6:26: unknown key "metod" (did you mean "method"?)',
    ],
    ['a key of another kind', 'check: { type: tcp, metod: GET }', 'f:6:25: unknown key "metod"'],
    [
      'a misspelt key of tls',
      'check: { type: https, tls: { verfy: true } }',
      'f:6:34: unknown key "verfy" (did you mean "verify"?)',
    ],
    [
      'a misspelt key in a list',
      'checks: [{}, { flap_damping: { fall: 2 } }]',
      'f:6:36: unknown key "fall" (did you mean "falls"?)',
    ],
    ['a script without command', 'check: { type: script }', 'f:6:12: missing key "command"'],
    ['a command without program', 'check: { type: script, command: [] }', 'f:6:37: expected at least one entry'],
    [
      'a program by its name',
      'check: { type: script, command: [ls] }',
      'f:6:38: expected the absolute path of a program, such as /usr/local/bin/check, not "ls"',
    ],
    [
      'a bad expression',
      'check: { type: http, body_matches: "(" }',
      'f:6:40: "(" cannot be used: missing closing ): `(`',
    ],
    [
      'an expression that looks ahead',
      'check: { type: http, body_matches: "^(?!.*down)" }',
      'f:6:40: "^(?!.*down)" cannot be used: it looks ahead or behind, which may take unbounded time; use "body_lacks" for what must not match',
    ],
    [
      'an expression that refers back',
      'check: { type: http, body_lacks: (a)\\1 }',
      'f:6:38: "(a)\\\\1" cannot be used: it refers back to a group, which may take unbounded time',
    ],
    [
      'an expression of many instructions',
      'check: { type: http, body_matches: "(a{1000}){1000}" }',
      'f:6:40: "(a{1000}){1000}" cannot be used: invalid repeat count: `{1000}`',
    ],
    ...[
      '::::',
      'a:b:c',
      '[',
      '[2001:db8::1',
      '2001:db8::1]',
      '[1.2.3.4]',
      '1.2.3',
      '1.2.3.4.5',
      '300.1.1.1',
      'a..b',
      '-a',
      'www.example.org:0',
      'www.example.org:70000',
      'a/b',
      'a b',
      'http://a',
      '[fe80::1%eth0]',
      'a'.repeat(64),
      ':80',
      '.',
    ].map((host): [string, string, string] => [
      `the host ${host}`,
      `check: { type: https, host: ${JSON.stringify(host)} }`,
      `f:6:33: expected a host, and a port where it is not the usual one, such as www.example.org:8080, not ${JSON.stringify(host)}`,
    ]),
    [
      'an IPv6 host without brackets',
      'check: { type: https, host: "2001:db8::1" }',
      'f:6:33: expected a host, and a port where it is not the usual one, such as www.example.org:8080, not "2001:db8::1" (did you mean "[2001:db8::1]"?)',
    ],
    [
      'a server name with a port',
      'check: { type: https, tls: { server_name: "a.example:443" } }',
      'f:6:47: expected a host name or an address, not "a.example:443"',
    ],
    [
      'a bare address as a greeting',
      'check: { type: smtp, helo_name: 192.0.2.1 }',
      'f:6:37: expected a host name, or an address in brackets, not "192.0.2.1" (did you mean "[192.0.2.1]"?)',
    ],
    [
      'a version of TLS that is none',
      'check: { type: https, tls: { min_version: 1.4 } }',
      'f:6:47: expected one of 1.0, 1.1, 1.2, 1.3, not 1.4',
    ],
    ...(
      [
        ['0.0.0.0', 'is not the address of a host'],
        ['0.1.2.3', 'is not the address of a host'],
        ['224.0.0.1', 'is a multicast group'],
        ['255.255.255.255', 'is the broadcast address'],
        ['240.0.0.1', 'is reserved'],
        ['::', 'is not the address of a host'],
        ['ff02::1', 'is a multicast group'],
      ] as const
    ).flatMap(([address, why]) =>
      (address.includes(':') ? ['address'] : ['address', 'source_address']).flatMap(
        (key): [string, string, string][] => [
          [`${key} ${address}`, `check: { ${key}: "${address}" }`, `f:6:${16 + key.length}: ${address} ${why}`],
          [
            `${key} ${address} in a list`,
            `checks: [{ ${key}: "${address}" }]`,
            `f:6:${18 + key.length}: ${address} ${why}`,
          ],
        ],
      ),
    ),
  ];
  for (const [what, service, ...problems] of refusals) {
    it(`refuses ${what}`, () => assert.deepEqual(problemsOf(service), problems));
  }

  it('refuses a source of another family than the server it is for', () => {
    const told = "it must be of the family of the server's address 10.0.1.1:80: see f:7:31";
    assert.deepEqual(problemsOf('check: { source_address: "::1" }'), [`f:6:30: ${told}`]);
    assert.deepEqual(problemsOf('check: {}', ', check: { source_address: "::1" }'), [`f:7:69: ${told}`]);
    assert.deepEqual(problemsOf('check: { source_address: "::1" }', ', check: {}'), []);
    assert.deepEqual(problemsOf('check: { source_address: "::1", address: "::2" }'), []);
  });

  it('refuses a server’s wrong check at its own place', () =>
    assert.deepEqual(problemsOf('check: {}', ', check: { rise: 0 }'), [
      'f:7:59: expected a whole number from 1 to 1000, not 0',
    ]));
});
