// Passwords and header fields that stand in a file, in the environment or in a credential of systemd.

import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { load as parseYaml } from 'js-yaml';
import { writeJsonSchema } from '../../../../config/pages/json-schema.ts';
import { parseConfig } from '../../../../config/source/load.ts';

const texts: Readonly<Record<string, string>> = {
  '/etc/regent/token': 'very secret\n',
  '/etc/elsewhere/password': 'lab51\r\n',
  '/run/credentials/regent.service/hook': 'of the unit',
  '/run/other/hook': 'of the environment',
};
/** `@{…}` stands for `${…}`, which the linter takes for a mistake. */
const dollars = (text: string): string => text.replaceAll('@{', '${');
const load = (text: string, environment: Readonly<Record<string, string>> = {}) =>
  parseConfig(dollars(text), '/etc/regent/regent.yaml', {
    read: (path) => {
      const found = texts[path];
      return found === undefined ? { why: `ENOENT: ${path}` } : { text: found };
    },
    match: () => [],
    environment: (name) => environment[name],
  });
const withHeader = (text: string): string =>
  `director: lb0\nvrrp: { routers: [] }\nnotifications:\n  - name: pager\n    webhook: https://pager.example/hook\n    headers: { authorization: ${JSON.stringify(text)} }\n`;
const headerOf = (text: string, environment = {}): string | undefined => {
  const result = load(withHeader(text), environment);
  assert.ok(result.ok, JSON.stringify(result));
  const [one] = result.config.notifications;
  return one?.to.type === 'webhook' ? one.to.headers.authorization : undefined;
};

const validate = new Ajv({ strict: false }).compile(JSON.parse(writeJsonSchema()));

describe('a secret that stands elsewhere', () => {
  for (const [written, environment, expected] of [
    ['Bearer @{file:token}', {}, 'Bearer very secret'],
    ['Bearer @{file:/etc/regent/token}', {}, 'Bearer very secret'],
    ['@{env:HOOK}', { HOOK: 'from the environment' }, 'from the environment'],
    ['@{credential:hook}', {}, 'of the unit'],
    ['@{credential:hook}', { CREDENTIALS_DIRECTORY: '/run/other' }, 'of the environment'],
    ['@{credential:../other/hook}', {}, 'of the unit'],
    ['@{env:A}@{env:B}', { A: 'a', B: dollars('@{env:A}') }, 'a@{env:A}'],
    ['costs $5 and @{more}', {}, 'costs $5 and @{more}'],
  ] as const)
    it(`${written} is ${expected}`, () => assert.equal(headerOf(written, environment), dollars(expected)));

  it('is a password of VRRP, and judged as one', () => {
    const router = (password: string): string =>
      `director: lb0\nvrrp: { routers: [{ name: vip, version: 2, interface: eth0, virtual_router_id: 51, addresses: [10.0.0.1/32], authentication: { type: password, password: "${password}" } }] }\n`;
    const result = load(router('@{file:/etc/elsewhere/password}'));
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.config.vrrp.routers[0]?.authentication, { type: 'password', password: 'lab51' });
    assert.ok(!load(router('@{file:token}')).ok);
  });

  const hash = '$2y$10$V2RmZ2wKC7S8JhZfpqDMJOR2GDpnWoJxmFMjpB1.rKKGn2yhIDM5m';
  const service = (check: string): string =>
    `director: lb0\nvrrp: { routers: [] }\nvirtual_services: [{ name: web, address: 10.0.0.1:80, forwarding: masq, check: ${check}, real_servers: [{ address: 10.0.0.2:80 }] }]\n`;
  const hook = (keys: string): string =>
    `director: lb0\nvrrp: { routers: [] }\nnotifications: [{ name: pager, ${keys} }]\n`;
  for (const [key, document, secret] of [
    ['webhook', hook('webhook: "@{env:S}"'), 'https://pager.example/0123'],
    ['webhook', hook('webhook: "https://me:@{env:S}@pager.example"'), '4567'],
    ['headers of a webhook', hook('webhook: http://a.example, headers: { x: "@{env:S}" }'), '4567'],
    ['headers of a check', service('{ type: http, headers: { x: "@{env:S}" } }'), '4567'],
    ['environment', service('{ type: script, command: [/bin/true], environment: { PGPASSWORD: "@{env:S}" } }'), '4567'],
    ['payload', service('{ type: udp, payload: "@{env:S}" }'), '4567'],
    ['payload_hex', service('{ type: udp, payload_hex: "@{env:S}" }'), '4567'],
    [
      'basic_auth_users',
      'director: lb0\nvrrp: { routers: [] }\nmetrics: { listen: "127.0.0.1:9184", basic_auth_users: { me: "@{env:S}" } }\n',
      hash,
    ],
  ] as const) {
    it(`is read in ${key}, and an editor takes it: ${document.split('\n').at(-2)}`, () => {
      const result = load(document, { S: secret });
      assert.ok(result.ok, JSON.stringify(result));
      assert.ok(JSON.stringify(result.config).includes(secret));
      assert.ok(validate(parseYaml(dollars(document))), JSON.stringify(validate.errors));
    });
  }

  it('is not shown where it is not what the key takes', () => {
    for (const document of [
      hook('webhook: "@{env:S}"'),
      service('{ type: udp, payload_hex: "@{env:S}" }'),
      'director: lb0\nvrrp: { routers: [{ name: vip, version: 2, interface: eth0, virtual_router_id: 51, addresses: [10.0.0.1/32], authentication: { type: password, password: "@{env:S}" } }] }\n',
      'director: lb0\nvrrp: { routers: [] }\nmetrics: { listen: "127.0.0.1:9184", basic_auth_users: { me: "@{env:S}" } }\n',
    ]) {
      const result = load(document, { S: 'very secret' });
      assert.ok(!result.ok);
      assert.match(result.problems.map(({ message }) => message).join(), /^expected [^"]*("00ff")?[^"]*$/);
      assert.doesNotMatch(JSON.stringify(result.problems), /very/);
    }
  });

  for (const [written, why] of [
    ['@{file:gone}', 'the file "gone" cannot be read: ENOENT: /etc/regent/gone'],
    ['@{env:GONE}', 'the environment variable "GONE" cannot be read: it is not set'],
    ['@{credential:gone}', 'the credential "gone" cannot be read: ENOENT: /run/credentials/regent.service/gone'],
  ] as const)
    it(`${written} that is missing is a problem at its place`, () => {
      const result = load(withHeader(written));
      assert.ok(!result.ok);
      assert.deepEqual(
        result.problems.map(({ line, column, message }) => ({ line, column, message })),
        [{ line: 6, column: 31, message: why }],
      );
    });

  it('is not looked for in other values', () => {
    const result = load('director: "@{file:token}"\n');
    assert.ok(!result.ok);
    assert.doesNotMatch(JSON.stringify(result.problems), /very secret/);
  });
});
