// What leaves this host with metrics is encrypted, unless the file says otherwise.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';

const problems = (metrics: string): readonly string[] => {
  const read = parseConfig(
    `director: d\nvrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.1/32] }] }\nmetrics: ${metrics}\n`,
    'f',
  );
  return read.ok ? [] : read.problems.map(({ line, message }) => `${line}: ${message}`);
};
const tls = 'tls_server_config: { cert_file: /c, key_file: /k }';
const clear = /^3: beyond the loopback metrics need tls_server_config; insecure: true serves them/;

describe('the port for metrics', () => {
  for (const metrics of [
    '{ listen: "127.0.0.1:9184" }',
    '{ listen: "127.8.0.1:9184" }',
    '{ listen: "[::1]:9184" }',
    '{ listen: "[::ffff:127.0.0.1]:9184" }',
    `{ listen: "0.0.0.0:9184", ${tls} }`,
    `{ listen: "[fd00::1]:9184", ${tls} }`,
    '{ listen: "192.0.2.5:9184", insecure: true }',
  ])
    it(`may be ${metrics}`, () => assert.deepEqual(problems(metrics), []));
  for (const [metrics, expected] of [
    ['{ listen: "192.0.2.5:9184" }', clear],
    ['{ listen: "0.0.0.0:9184" }', clear],
    ['{ listen: "[::]:9184" }', clear],
    ['{ listen: "192.0.2.5:9184", bearer_token_file: /t }', clear],
    ['{ listen: "192.0.2.5:9184", insecure: false }', clear],
    ['{ listen: "127.0.0.1" }', /an address and a port/],
    ['{ listen: "localhost:9184" }', /an address and a port/],
    ['{ listen: "127.0.0.1:9184", basic_auth_users: { a: secret } }', /bcrypt/],
    ['{ listen: "127.0.0.1:9184", tls_server_config: { cert_file: /c } }', /missing key "key_file"/],
    [
      `{ listen: "127.0.0.1:9184", tls_server_config: { cert_file: /c, key_file: /k, client_auth_type: RequireAndVerifyClientCert } }`,
      /needs client_ca_file/,
    ],
  ] as const)
    it(`may not be ${metrics}`, () => {
      const found = problems(metrics);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', expected);
    });
});
