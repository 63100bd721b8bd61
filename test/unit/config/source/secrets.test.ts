// Passwords and header fields that stand in a file, in the environment or in a credential of systemd.

import assert from 'node:assert/strict';
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
