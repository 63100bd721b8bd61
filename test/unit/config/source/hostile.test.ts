// Texts that would end, block or fill what reads them: aliases without bounds, depth, and mistakes by the thousand.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { explainProblems, formatProblems } from '../../../../config/source/problem.ts';

const head = 'director: d\nvrrp: { routers: [] }\n';
const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f');
  return result.ok ? [] : formatProblems(result.problems, result.more).split('\n');
};
const times = (count: number, write: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join('');
const nested = (levels: number, width: number): string =>
  `${head}x0: &x0 [${times(width, () => 'a,')}]\n${times(levels, (index) => `x${index + 1}: &x${index + 1} [${times(width, () => `*x${index},`)}]\n`)}`;

describe('aliases of a configuration', () => {
  const refused: [what: string, text: string, problem: RegExp][] = [
    [
      'in their own anchor, of a list',
      `${head}virtual_services: &a\n  - *a\n`,
      /^f:4:5: \*a stands inside its own anchor: see f:3:19$/,
    ],
    [
      'in their own anchor, of a mapping',
      'director: d\nvrrp: &v { routers: *v }\n',
      /^f:2:21: \*v stands inside its own anchor: see f:2:7$/,
    ],
    ['in their own anchor, by a merge', 'director: d\nvrrp: &v { <<: *v }\n', /^f:2:16: \*v stands inside/],
    ['in their own anchor, as a key', 'director: d\nvrrp: &v { *v : 1 }\n', /^f:2:12: \*v stands inside/],
    ['that lead to each other', `${head}a: &a { b: &b [*a] }\n`, /^f:3:16: \*a stands inside/],
    [
      'nested, each ten times',
      nested(9, 10),
      /^f:\d+:\d+: with \*x\d written out the document is larger than 100 times the file$/,
    ],
    [
      'nested, each twice',
      nested(40, 2),
      /^f:\d+:\d+: with \*x\d+ written out the document is larger than 100 times the file$/,
    ],
    [
      'nested too deep',
      nested(150, 1),
      /^f:\d+:\d+: with \*x\d+ written out, values are nested more than 100 levels deep: see f:\d+:\d+$/,
    ],
    ['of nothing', 'director: *d\n', /^f:1:12: unidentified alias "d"$/],
    ['of nothing, by a merge', 'director: d\nvrrp: { <<: *x }\n', /^f:2:14: unidentified alias "x"$/],
    ['of another document', '--- &a b\n---\nx: *a\n', /^f:3:5: unidentified alias "a"$/],
  ];
  for (const [what, text, problem] of refused)
    it(`are refused ${what}, at once and with their place`, () => {
      const startedAt = performance.now();
      const [first = '', ...others] = problemsOf(text);
      assert.match(first, problem);
      assert.deepEqual(others, []);
      assert.ok(performance.now() - startedAt < 20_000);
    });

  it('are refused where they make more than 64 MiB of a file that is large itself', () => {
    const text = `${head}a: &a ${'x'.repeat(2 ** 20)}\nb: [${times(80, () => '*a,')}]\n`;
    assert.match(problemsOf(text)[0] ?? '', /^f:4:\d+: with \*a written out the document is larger than 64 MiB$/);
  });

  it('are taken within these bounds', () => {
    const servers = times(9, (index) => `      - { address: 10.0.1.${index}:80 }\n`);
    const text = `${head}virtual_services:\n  - name: s\n    address: 10.0.0.1:80\n    real_servers: &s\n${servers}${times(50, (index) => `  - { name: s${index}, address: "10.0.0.1:${index + 81}", real_servers: *s }\n`)}`;
    assert.deepEqual(problemsOf(text), []);
  });
});

describe('a configuration that is too deep', () => {
  for (const [what, text] of [
    ['lists', `x: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`],
    ['mappings', `x: ${'{a: '.repeat(50_000)}`],
    ['dashes', `x:\n  ${'- '.repeat(50_000)}a\n`],
  ] as const)
    it(`is refused: ${what}`, () => assert.match(problemsOf(text)[0] ?? '', /^f:\d+:\d+: (nesting exceeded|this)/));
});

describe('many mistakes', function () {
  this.timeout(60_000);
  const count = 5000;
  const service = `${head}virtual_services:\n  - name: w\n    address: 10.0.0.1:80\n    real_servers:\n`;
  const routers = 'director: d\nvrrp:\n  routers:\n';
  const kinds: [what: string, text: string][] = [
    [
      'the same typo in each server',
      service + times(count, (index) => `      - { address: 10.1.${index >> 8}.${index & 255}:80, weigth: 1 }\n`),
    ],
    ['one server, given again and again', service + times(count, () => '      - { name: a, address: 10.0.0.1:80 }\n')],
    [
      'one router, given again and again',
      routers +
        times(
          count,
          () =>
            '    - { name: a, interface: e, virtual_router_id: 1, addresses: [10.0.0.1], track: [{ script: a }] }\n',
        ),
    ],
    [
      'groups of routers that are not there',
      `${routers}${times(count / 4, (index) => `    - { name: r${index}, interface: e${index}, virtual_router_id: 1, addresses: ["fd00::${index.toString(16)}"] }\n`)}  groups:\n${times(count, (index) => `    - { name: g, routers: [x${index}] }\n`)}`,
    ],
    [
      'scripts of one name, tracked',
      `${routers}    - name: a\n      interface: e\n      virtual_router_id: 1\n      addresses: [10.0.0.1]\n      track:\n${times(count, () => '        - { script: b }\n')}  scripts:\n${times(count, () => '    - { name: s, command: [a] }\n')}`,
    ],
    ['one key, given again and again', head + times(count, () => 'log: {}\n')],
    ['unknown keys', head + times(count, (index) => `lg${index}: {}\n`)],
    ['keys of one line', `${head}log: { ${times(count, (index) => `k${index}: 1, `)}}\n`],
  ];
  for (const [what, text] of kinds)
    it(`${what}: twenty are told, and how many more there are`, () => {
      const startedAt = process.cpuUsage().user;
      const problems = problemsOf(text);
      assert.equal(problems.length, 21);
      assert.match(problems[20] ?? '', /^and \d{4,5} more problems$/);
      // Quadratic work on so many takes minutes.
      assert.ok((process.cpuUsage().user - startedAt) / 1e6 < 5);
    });

  it('are counted to the last', () => {
    const text = head + times(21, (index) => `k${index}: 1\n`);
    assert.equal(problemsOf(text).at(-1), 'and 1 more problem');
    const result = parseConfig(text, 'f');
    assert.ok(!result.ok && explainProblems(result.problems, result.more).endsWith('\nand 1 more problem'));
  });

  it('are told briefly, however long the value', () => {
    const [only = ''] = problemsOf(`${head}log: { level: ${'x'.repeat(1_000_000)} }\n`);
    assert.ok(only.length < 500);
  });
});
