// Files that include others: what is joined, what is refused, and that every complaint names the right file.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseConfig, readConfig } from '../../../../config/source/load.ts';
import { explainProblems, formatProblems } from '../../../../config/source/problem.ts';

const router = (name: string, id: number): string =>
  `    - { name: ${name}, interface: eth0, virtual_router_id: ${id}, addresses: [10.0.0.${id}] }\n`;
const vrrp = (...routers: string[]): string => `vrrp:\n  routers:\n${routers.join('')}`;

describe('include', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'regent-include-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const load = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    const result = readConfig(join(home, 'main.yaml'));
    return result.ok
      ? { config: result.config, said: [] }
      : { config: undefined, said: formatProblems(result.problems).replaceAll(`${home}/`, '').split('\n') };
  };

  it('puts lists together, in the order of the files, and merges mappings', () => {
    const { config, said } = load({
      'main.yaml': `director: d\ninclude: [conf.d/*.yaml, log.yaml]\n${vrrp(router('a', 1))}`,
      'conf.d/20.yaml': vrrp(router('c', 3)),
      'conf.d/10.yaml': `${vrrp(router('b', 2))}  hold: 5s\n`,
      'conf.d/note.txt': 'none of ours',
      'log.yaml': 'log: { level: debug }\n',
    });
    assert.deepEqual(said, []);
    assert.deepEqual(
      config?.vrrp.routers.map(({ name }) => name),
      ['a', 'b', 'c'],
    );
    assert.equal(config?.vrrp.hold, 5000);
    assert.equal(config?.log.level, 'debug');
  });

  it('lets an included file include others, from its own directory', () => {
    const { config, said } = load({
      'main.yaml': 'director: d\ninclude: sites/west.yaml\n',
      'sites/west.yaml': `include: more.yaml\n${vrrp(router('a', 1))}`,
      'sites/more.yaml': vrrp(router('b', 2)),
    });
    assert.deepEqual(said, []);
    assert.equal(config?.vrrp.routers.length, 2);
  });

  it('takes a pattern that finds nothing, for directories begin empty', () => {
    assert.deepEqual(load({ 'main.yaml': `director: d\ninclude: [conf.d/*.yaml]\n${vrrp(router('a', 1))}` }).said, []);
  });

  const main = `director: d\ninclude: [more.yaml]\n${vrrp(router('a', 1))}`;
  const rows: [name: string, files: Readonly<Record<string, string>>, ...said: string[]][] = [
    ['a file that is not there', { 'main.yaml': main }, 'main.yaml:2:11: there is no file "more.yaml"'],
    [
      'a value in an included file',
      {
        'main.yaml': main,
        'more.yaml': `log: { level: debg }\n${vrrp(router('b', 300)).replace('10.0.0.300', '10.0.0.3')}`,
      },
      'more.yaml:1:15: expected one of error, warn, info, debug, not "debg" (did you mean "debug"?)',
      'more.yaml:4:54: expected a whole number from 1 to 255, not 300',
    ],
    [
      'an unknown key in an included file',
      { 'main.yaml': main, 'more.yaml': 'lgo: {}\n' },
      'more.yaml:1:1: unknown key "lgo" (did you mean "log"?)',
    ],
    [
      'a clash between two files',
      { 'main.yaml': main, 'more.yaml': vrrp(router('a', 2)) },
      'more.yaml:3:15: router name "a" is used twice: see main.yaml:5:15',
    ],
    [
      'a value that two files give',
      { 'main.yaml': main, 'more.yaml': '# second\ndirector: e\n' },
      'more.yaml:2:1: "director" is given already: see main.yaml:1:1',
    ],
    [
      'a circle',
      { 'main.yaml': main, 'more.yaml': 'include: main.yaml\n' },
      'more.yaml:1:10: "main.yaml" includes itself',
    ],
    [
      'a file that includes itself',
      { 'main.yaml': main.replace('more', 'main') },
      'main.yaml:2:11: "main.yaml" includes itself',
    ],
    [
      'a syntax error in an included file',
      { 'main.yaml': main, 'more.yaml': 'a: [b\n' },
      'more.yaml:1:4: this [ is never closed',
    ],
    ['a list for a file', { 'main.yaml': main, 'more.yaml': '- a\n' }, 'more.yaml:1:1: expected a mapping'],
    ['an empty file', { 'main.yaml': main, 'more.yaml': '# nothing\n' }, 'more.yaml:1:1: the file is empty'],
    [
      'an include of a wrong shape',
      { 'main.yaml': main.replace('[more.yaml]', '{}') },
      'main.yaml:2:10: expected a file name or a list of them, which may have wildcards, not a mapping',
    ],
  ];
  for (const [name, files, ...said] of rows) it(`refuses ${name}`, () => assert.deepEqual(load(files).said, said));

  it('reads nothing for a text that came without files', () => {
    const result = parseConfig(main, 'f');
    assert.ok(!result.ok && /there is no file/.test(formatProblems(result.problems)));
  });
});

describe('explainProblems', () => {
  const explain = (text: string): string[] => {
    const result = parseConfig(text, 'f');
    return result.ok ? [] : explainProblems(result.problems).split('\n');
  };

  it('shows the line with a caret below the place', () => {
    assert.deepEqual(explain(`director: d\nlgo: {}\n${vrrp(router('a', 1))}`), [
      'f:2:1: unknown key "lgo" (did you mean "log"?)',
      '2 | lgo: {}',
      '  | ^',
    ]);
    const [, line, caret] = explain(`director: d\n${vrrp(router('a', 300))}`);
    assert.equal(line?.slice(caret?.indexOf('^'), (caret?.indexOf('^') ?? 0) + 3), '300');
  });

  it('cuts what is far away out of a long line', () => {
    const [, line, caret] = explain(`director: d\n${vrrp(router('a'.repeat(200), 300))}`);
    assert.ok((line?.length ?? 0) < 120);
    assert.equal(line?.slice(caret?.indexOf('^'), (caret?.indexOf('^') ?? 0) + 3), '300');
  });

  it('keeps tabs, so that both lines align', () => {
    const problem = { file: 'f', line: 7, column: 3, message: 'm', excerpt: '\t\tx: 1' };
    assert.deepEqual(explainProblems([problem]).split('\n').slice(1), ['7 | \t\tx: 1', '  | \t\t^']);
  });

  it('says it without a line where there is none', () => {
    assert.deepEqual(explain(''), ['f:1:1: the file is empty']);
  });
});
