// Keys of a file that begin with x-: they hold anchors, and are not read themselves.

import assert from 'node:assert/strict';
import type { Surroundings } from '../../../../config/source/include.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const files = (texts: Readonly<Record<string, string>>): Surroundings => ({
  read: (path) => ({ text: texts[path.replace(/^.*\//, '')] ?? '' }),
  match: () => Object.keys(texts).map((name) => `${process.cwd()}/${name}`),
  environment: () => undefined,
});

const parse = (text: string, included: Readonly<Record<string, string>> = {}) =>
  parseConfig(text, 'f', files(included));
const problemsOf = (...of: Parameters<typeof parse>): string[] => {
  const result = parse(...of);
  return result.ok ? [] : formatProblems(result.problems, result.more).split('\n');
};

const head = 'director: d\nvrrp: { routers: [] }\n';
const web = (name: string, more: string): string =>
  `  - { name: ${name}, address: "10.0.0.1:${name.length}", real_servers: [{ address: 10.0.1.1:80 }], ${more} }\n`;

describe('keys of the file that begin with x-', () => {
  for (const value of ['1', '[1, { a: b }]', '{ vrrp: { routers: 7 } }', 'null', '""'])
    it(`hold ${value}`, () => assert.deepEqual(problemsOf(`x-any: ${value}\n${head}`), []));

  it('hold the anchors of others, before and after', () => {
    const result = parse(
      `x-check: &c { type: http, path: /a }\n${head}virtual_services:\n${web('a', 'check: *c')}${web('bb', 'check: { <<: *c, path: /b }')}`,
    );
    assert.ok(result.ok);
    const paths = result.config.virtualServices.map(({ checks: [check] }) => check?.type === 'http' && check.path);
    assert.deepEqual(paths, ['/a', '/b']);
  });

  it('are those of each file alone', () => {
    const text = (name: string, path: string): string =>
      `x-check: &c { type: http, path: ${path} }\nvirtual_services:\n${web(name, 'check: *c')}`;
    const result = parse(`x-check: 1\ninclude: "*"\n${head}`, {
      'a.yaml': text('a', '/a'),
      'b.yaml': text('bb', '/b'),
    });
    assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
    assert.equal(result.config.virtualServices.length, 2);
  });

  it('are where a mistake below their anchors is told, once', () => {
    const text = `x-check: &c { type: htpt, path: /a }\n${head}virtual_services:\n${web('a', 'check: *c')}${web('bb', 'check: *c')}`;
    assert.deepEqual(problemsOf(text), [
      'f:1:21: expected one of tcp, http, https, dns, udp, smtp, ping, grpc, script, file, not "htpt" (did you mean "http"?)',
    ]);
    assert.deepEqual(
      problemsOf(`${head}virtual_services:\n${web('a', 'check: { <<: *c }')}x-check: &c { tpye: http }\n`),
      ['f:4:95: unidentified alias "c"'],
    );
  });

  it('are where a clash between two of their values is told, and the alias is where one between two uses is', () => {
    const text = `x-server: &s [{ name: r, address: 10.0.1.1:80 }, { name: r, address: 10.0.1.2:80 }]\n${head}virtual_services:\n  - { name: a, address: 10.0.0.1:80, real_servers: *s }\n`;
    assert.deepEqual(problemsOf(text), ['f:1:58: real server name "r" is used twice: see f:1:23']);
    const service = `x-service: &s { name: a, address: 10.0.0.1:80, real_servers: [] }\n${head}virtual_services: [*s, *s]\n`;
    assert.deepEqual(problemsOf(service), [
      'f:4:24: service name "a" is used twice: see f:4:20',
      'f:4:24: service 10.0.0.1:80 is given twice: see f:4:20',
    ]);
  });

  it('are refused anywhere else, as other unknown keys', () => {
    assert.deepEqual(problemsOf('director: d\nvrrp: { routers: [], x-a: 1 }\n'), ['f:2:22: unknown key "x-a"']);
    assert.deepEqual(problemsOf(`${head}x_a: 1\nX-b: 1\n`), ['f:3:1: unknown key "x_a"', 'f:4:1: unknown key "X-b"']);
  });
});
