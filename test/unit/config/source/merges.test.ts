// Aliases and merges (`<<`) of a configuration: what they give, and where a mistake under one is told.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const head = 'director: d\nvrrp: { routers: [] }\nvirtual_services:\n';
const parse = (services: string) => parseConfig(head + services, 'f');
const problemsOf = (services: string): string[] => {
  const result = parse(services);
  return result.ok ? [] : formatProblems(result.problems, result.more).split('\n');
};
const web =
  '  - &web\n    name: web\n    address: 10.0.0.1:80\n    quorum: 2\n    real_servers: [{ address: 10.0.1.1:80, weight: 2 }]\n';

describe('merges of a configuration', () => {
  const rows: [what: string, service: string, name: string, quorum: number, weight: number][] = [
    ['one mapping', '{ <<: *web, name: b, address: "10.0.0.2:80" }', 'b', 2, 2],
    ['where own keys win, before and after', '{ name: b, quorum: 1, <<: *web, address: "10.0.0.2:80" }', 'b', 1, 2],
    ['a list, of which the first wins', '{ <<: [{ quorum: 1, name: b }, *web], address: "10.0.0.2:80" }', 'b', 1, 2],
    ['two, of which the first wins', '{ <<: { quorum: 1, name: b }, <<: *web, address: "10.0.0.2:80" }', 'b', 1, 2],
    ['what was merged itself', '{ <<: &c { <<: *web, quorum: 1 }, name: b, address: "10.0.0.2:80" }', 'b', 1, 2],
    ['with its tag written out', '{ !!merge << : *web, name: b, address: "10.0.0.2:80" }', 'b', 2, 2],
  ];
  for (const [what, service, name, quorum, weight] of rows)
    it(`take ${what}`, () => {
      const result = parse(`${web}  - ${service}\n`);
      assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
      const second = result.config.virtualServices[1];
      assert.deepEqual([second?.name, second?.quorum, second?.realServers[0]?.weight], [name, quorum, weight]);
    });

  const refused: [what: string, services: string, ...problems: string[]][] = [
    [
      'a scalar',
      '  - &web\n    <<: 1\n    name: web\n',
      'f:5:9: << takes a mapping, such as *name, or a list of mappings',
    ],
    [
      'a list of scalars',
      '  - { <<: [1], name: web }\n',
      'f:4:12: << takes a mapping, such as *name, or a list of mappings',
    ],
    ['nothing', '  - { <<: , name: web }\n', 'f:4:7: << takes a mapping, such as *name, or a list of mappings'],
    ['by a key in quotes', `${web.replace('name: web', 'name: web\n    "<<": {}')}`, 'f:6:5: unknown key "<<"'],
    [
      'a key that repeats another',
      '  - &web\n    name: a\n    name: b\n    address: 10.0.0.1:80\n    real_servers: []\n',
      'f:6:5: key "name" is repeated: see f:5:5',
    ],
  ];
  for (const [what, services, ...problems] of refused)
    it(`refuse ${what}`, () => assert.deepEqual(problemsOf(services), problems));
});

describe('a mistake under an alias', () => {
  const typo = web.replace('weight', 'weigth').replace('quorum: 2', 'quorum: x');
  const rows: [what: string, services: string, ...problems: string[]][] = [
    [
      'that is used again',
      `${typo}  - <<: *web\n    name: b\n    address: 10.0.0.2:80\n  - { <<: *web, name: c, address: "10.0.0.3:80" }\n`,
      'f:7:13: expected a whole number from 1 to 4294967295, not "x"',
      'f:8:44: unknown key "weigth" (did you mean "weight"?)',
    ],
    [
      'that stands elsewhere, where it is right',
      '  - name: a\n    address: 10.0.0.1:80\n    check: &c { type: http }\n    persistence: *c\n    real_servers: []\n',
      'f:7:18: unknown key "type"',
    ],
    [
      'of what may be there once',
      `${web}  - *web\n  - *web\n`,
      'f:9:5: service name "web" is used twice: see f:5:11',
      'f:9:5: service 10.0.0.1:80 is given twice: see f:6:14',
      'f:10:5: service name "web" is used twice: see f:5:11',
      'f:10:5: service 10.0.0.1:80 is given twice: see f:6:14',
    ],
    [
      'of what a merge brings twice',
      `${web}  - { <<: *web, address: "10.0.0.2:80" }\n`,
      'f:9:11: service name "web" is used twice: see f:5:11',
    ],
    [
      'whose key is unknown',
      `${web.replace('quorum: 2', 'q: &q 2')}  - { name: b, address: "10.0.0.2:80", real_servers: [], r: *q }\n`,
      'f:7:5: unknown key "q"',
      'f:9:58: unknown key "r"',
    ],
    [
      'that is a scalar',
      `${web.replace('weight: 2', 'weight: &w 70000')}  - { name: b, address: "10.0.0.2:80", real_servers: [], quorum: *w }\n`,
      'f:8:55: expected a whole number from 0 to 65535, not 70000',
      'f:9:66: a quorum of 70000 is never reached: the weights add up to 0',
    ],
  ];
  for (const [what, services, ...problems] of rows)
    it(`${what} is told once, at its place`, () => assert.deepEqual(problemsOf(services).sort(), problems.sort()));
});

describe('what is not closed', () => {
  const rows: [what: string, text: string, problem: string][] = [
    ['a brace of one line', 'director: d\nvrrp: { routers: [] \n', 'f:2:7: this { is never closed'],
    ['a brace without a line after it', 'director: d\nvrrp: { routers: [] ', 'f:2:7: this { is never closed'],
    [
      'a brace in a list',
      'director: d\nvrrp:\n  routers:\n    - { name: a\n    - { name: b }\n',
      'f:4:7: this { is never closed',
    ],
    ['a bracket that a brace closes', 'director: d\nvrrp: { routers: [}\nlog: {}\n', 'f:2:18: this [ is never closed'],
    [
      'a bracket of many lines',
      'director: d\nvrrp:\n  routers: [\n    { name: a },\n    { name: b },\nlog: {}\n',
      'f:3:12: this [ is never closed',
    ],
    [
      'a brace behind brackets in quotes and comments',
      'director: "{" # [\nvrrp: { routers: ["]", \'it\'\'s [\', {a: b]\n  }\n',
      'f:2:35: this { is never closed',
    ],
    ['a brace behind a block of text', 'director: |\n  { [\nvrrp: { a: b\n', 'f:3:7: this { is never closed'],
    ['a brace behind a plain text', 'director: a{b\nvrrp: { a: b\n', 'f:2:7: this { is never closed'],
    ['a double quote', 'director: "d\nvrrp: {}\n', 'f:1:11: this " is never closed'],
    ['a single quote', "director: 'd\nvrrp: {}", "f:1:11: this ' is never closed"],
    ['a quote in a brace', 'director: d\nvrrp: { a: "b }\n', 'f:2:12: this " is never closed'],
  ];
  for (const [what, text, problem] of rows)
    it(`is told where it opens: ${what}`, () => {
      const result = parseConfig(text, 'f');
      assert.deepEqual(result.ok ? [] : formatProblems(result.problems).split('\n'), [problem]);
    });

  it('is not blamed for other faults', () => {
    const result = parseConfig('director: d\nvrrp: { routers: [\n   a: b\n   c: d ] }\nlog: {}\n', 'f');
    assert.match(result.ok ? '' : formatProblems(result.problems), /^f:4:5: missed comma/);
  });
});
