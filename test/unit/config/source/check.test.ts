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
};
const twoWeeks = 14 * 86_400_000;
const tls = { verify: false, expiryWarning: twoWeeks };

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
      { type: 'script', ...common, command: ['/bin/true'], environment: {}, weightFromOutput: false },
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
        tls: { ca: '/ca', serverName: 'a.b', certificate: '/c', key: '/k', verify: true, expiryWarning: 0 },
      },
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
    ['a program by its name', 'check: { type: script, command: [ls] }', 'f:6:38: expected an absolute path, not "ls"'],
    ['a bad expression', 'check: { type: http, body_matches: "(" }', 'f:6:40: expected a regular expression, not "("'],
    [
      'a number for a header',
      'check: { type: http, headers: { X: 1 } }',
      'f:6:35: expected a mapping of header names to text, without "host", not a mapping',
    ],
    [
      'a status range turned round',
      'check: { type: http, expected_status: [299-200] }',
      'f:6:44: expected a status such as 204, or a range such as 200-299, not "299-200"',
    ],
    ['two sorts of checks', 'check: {}\n    checks: []', 'f:7:13: there is "check" already: see f:6:12'],
    ['a fast interval that is slow', 'check: { fast_interval: 2s }', 'f:6:29: it must not be longer than "interval"'],
    ['a certificate without key', 'check: { type: https, tls: { certificate: /c } }', 'f:6:47: it needs its "key" too'],
    [
      'an authority for nothing',
      'check: { type: https, tls: { ca: /c, verify: false } }',
      'f:6:38: nothing is verified by it while "verify" is false',
    ],
    [
      'a body of HEAD',
      'check: { type: http, method: HEAD, body_contains: x }',
      'f:6:55: an answer to HEAD has no body (RFC 9110, section 9.3.2)',
    ],
    [
      'an answer of NXDOMAIN',
      'check: { type: dns, expected_rcode: NXDOMAIN, expected_answer: x }',
      'f:6:68: there is none with an expected_rcode of NXDOMAIN',
    ],
    [
      'a reply that may be missing',
      'check: { type: udp, expected_reply: x, silence: passes }',
      'f:6:53: it cannot pass where a reply is expected',
    ],
    ['two payloads', 'check: { type: udp, payload: x, payload_hex: "00" }', 'f:6:50: there is "payload" already'],
    [
      'addresses of two families',
      'check: { address: "::1", source_address: 127.0.0.1 }',
      'f:6:46: it must be of the family of ::1',
    ],
  ];
  for (const [what, service, ...problems] of refusals) {
    it(`refuses ${what}`, () => assert.deepEqual(problemsOf(service), problems));
  }

  it('refuses a server’s wrong check at its own place', () =>
    assert.deepEqual(problemsOf('check: {}', ', check: { rise: 0 }'), [
      'f:7:59: expected a whole number from 1 to 1000, not 0',
    ]));
});
