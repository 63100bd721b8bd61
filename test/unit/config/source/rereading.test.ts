// A changed file reread by its changed services alone: as the whole would be read, or not at all.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { readConfig } from '../../../../config/source/load.ts';
import { loadConfig } from '../../../../config/source/reading.ts';
import { rereadConfig, rereadText } from '../../../../config/source/rereading.ts';

const text = `# A pair.
director: d
vrrp: { routers: [] }
virtual_services:
  # The first.
  - name: a
    address: 10.0.0.1:80
    real_servers:
      - { address: 10.0.1.1:8080 }
      - address: 10.0.1.2:8080
        weight: 50   # half

  - name: b
    address: 10.0.0.2:80
    check:
      type: http
      body_contains: |
          - name: c
            address: 10.0.0.9:80
    real_servers:
      - address: 10.0.2.1:8080
      - address: 10.0.2.2:8080
        weight: 7
  # The last.
  - { name: c, address: '10.0.0.3:80', real_servers: [{ address: '10.0.3.1' }] }
log: { format: json }
`;

describe('the reading of a changed file', () => {
  let home: string;
  let file: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'regent-rereading-'));
    file = join(home, 'regent.yaml');
  });
  after(() => rmSync(home, { recursive: true }));

  const whole = (written: string): DirectorConfig | undefined => {
    writeFileSync(file, written);
    const result = readConfig(file, true);
    return result.ok ? result.config : undefined;
  };
  const known = (written = text): DirectorConfig => {
    const config = whole(written);
    assert.ok(config?.written, 'the text cannot be reread');
    return config;
  };
  const edit = (from: string, to: string, of = text): string => {
    assert.ok(of.includes(from), from);
    return of.replace(from, to);
  };

  const quick: [what: string, next: string][] = [
    ['nothing', text],
    ['a weight', edit('weight: 50', 'weight: 5')],
    ['the weight of the last server of a service', edit('weight: 7', 'weight: 70')],
    ['an added server', edit('        weight: 50', '      - address: 10.0.1.3:8080\n        weight: 50')],
    ['a server added at the end of a service', edit('weight: 7\n', 'weight: 7\n      - address: 10.0.2.3:8080\n')],
    ['a removed server', edit('      - { address: 10.0.1.1:8080 }\n', '')],
    ['the first server of all', edit('{ address: 10.0.1.1:8080 }', '{ address: 10.0.1.7:8080, weight: 3 }')],
    ['the last service', edit("'10.0.3.1'", "'10.0.3.2'")],
    ['servers of two services', edit('weight: 7', 'weight: 8', edit('weight: 50', 'weight: 51'))],
    ['a check of a server', edit('weight: 50', 'check: { type: ping }')],
    ['a comment', edit('# half', '# a half')],
    ['a comment between services', edit('# The last.', '# The very last.')],
    ['an empty line', edit('weight: 7\n', 'weight: 7\n\n')],
  ];
  for (const [what, next] of quick)
    it(`takes ${what}`, () => {
      assert.deepEqual(rereadText(known(), next), whole(next));
    });

  it('takes one change after another', () => {
    const steps = [edit('weight: 50', 'weight: 5000'), edit('weight: 7', 'weight: 60000'), text];
    let config: DirectorConfig | undefined = known();
    for (const step of steps) {
      config = config && rereadText(config, step);
      assert.deepEqual(config, whole(step));
    }
  });

  it('takes a line before a dash as one of the service above', () => {
    const dense = edit('# half\n\n', '# half\n');
    const next = edit('# half\n', '# half\n      - address: 10.0.1.3:8080\n', dense);
    const found = rereadText(known(dense), next);
    assert.ok(found !== undefined);
    assert.deepEqual(found, whole(next));
  });

  it('takes services that are not indented, and those at the end of a file', () => {
    const flat = text
      .split('log:')[0]
      ?.split('virtual_services:\n')
      .map((part, index) => (index === 0 ? part : part.replace(/^ {2}/gm, '')))
      .join('virtual_services:\n') as string;
    const next = edit('weight: 7', 'weight: 9', flat);
    assert.deepEqual(rereadText(known(flat), next), whole(next));
  });

  const left: [what: string, next: string][] = [
    ['a name', edit('name: a', 'name: x')],
    ['a name that is given twice', edit('name: a', 'name: b')],
    ['an address', edit('10.0.0.1:80', '10.0.0.2:80')],
    ['a check of a service', edit('type: http', 'type: http\n      path: /x')],
    ['an added service', edit('  # The last.', '  - { name: x, address: 10.0.0.7:80, real_servers: [] }')],
    [
      'a removed service',
      edit("  - { name: c, address: '10.0.0.3:80', real_servers: [{ address: '10.0.3.1' }] }\n", ''),
    ],
    ['another section', edit('format: json', 'format: text')],
    ['the head', edit('director: d', 'director: e')],
    ['an anchor', edit('weight: 50', 'weight: &half 50')],
    ['an alias', edit('weight: 50', 'weight: *half')],
    ['a tag', edit('weight: 50', 'weight: !!int 50')],
    ['a secret', edit('weight: 50', `check: { type: http, body_contains: '\${env:HOME}' }`)],
    ['an unknown key', edit('weight: 50', 'weihgt: 50')],
    ['a weight out of bounds', edit('weight: 50', 'weight: -1')],
    ['a server that is given twice', edit('10.0.1.1:8080', '10.0.1.2:8080')],
    ['a repeated key', edit('weight: 50', 'weight: 50\n        weight: 50')],
    ['an open quote', edit('weight: 50', 'weight: "50')],
    ['an open bracket', edit("[{ address: '10.0.3.1' }] }", "[{ address: '10.0.3.1' }]")],
    ['a second document', edit('weight: 50', 'weight: 50\n---\n')],
    ['an end of the document', edit('# half\n', '# half\n...\n')],
    ['a section within the services', edit('weight: 50', 'weight: 50\nwatch: true\n')],
    ['a service that ends in the line of the next', edit('weight: 7\n  # The last.\n  -', 'weight: 7  -')],
    ['an item further to the right', edit('  # The last.\n', '  # The last.\n  ')],
    [
      'a line before a dash that belongs to the text above it',
      edit('      - address: 10.0.2.1:8080\n', '', edit('  # The last.\n', '            # of text\n')),
    ],
    ['more than twenty services of text', edit('# half', `#${'.'.repeat(17_000)}`)],
  ];
  for (const [what, next] of left)
    it(`leaves ${what} to a whole reading`, () => {
      const config = rereadText(known(), next);
      if (config !== undefined) assert.deepEqual(config, whole(next));
      if (what !== 'a line before a dash that belongs to the text above it') assert.equal(config, undefined);
    });

  const neverKept: [what: string, written: string][] = [
    ['includes', `include: conf.d/*.yaml\n${text}`],
    ['aliases', edit('weight: 50', 'weight: *half', edit('weight: 7', 'weight: 7', `x-half: &half 50\n${text}`))],
    ['secrets', edit('type: http', `type: http\n      headers: { x: '\${env:HOME}' }`)],
    ['a byte order mark', `\uFEFF${text}`],
    ['services in brackets', `${text.split('virtual_services')[0]}virtual_services: []\n`],
    ['a dash in a line of its own', edit('- name: a', '-\n    name: a')],
  ];
  for (const [what, written] of neverKept)
    it(`reads a file with ${what} as a whole`, () => {
      const config = whole(written);
      assert.ok(config, 'it is valid');
      assert.equal(config.written, undefined);
    });

  it('reads as the whole would, whatever lines are changed', () => {
    const config = known();
    const lines = text.split('\n');
    const line = fc.oneof(
      fc.constantFrom(...lines),
      fc.constantFrom(
        '',
        '---',
        '...',
        '  - |',
        '  - name: x',
        '        weight: 1',
        '"',
        '  #',
        '\t',
        '- a',
        'log: {}',
      ),
    );
    const change = fc.record({
      at: fc.nat(lines.length - 1),
      gone: fc.nat(3),
      put: fc.array(fc.tuple(fc.nat(12), line), { maxLength: 3 }),
      joined: fc.boolean(),
    });
    fc.assert(
      fc.property(change, ({ at, gone, put, joined }) => {
        const made = put.map(([indent, each]) => (indent > 8 ? each : `${' '.repeat(indent)}${each.trimStart()}`));
        const rest = lines.slice(at + gone);
        if (joined && rest.length > 1) rest.splice(0, 2, `${rest[0]}${rest[1]}`);
        const next = [...lines.slice(0, at), ...made, ...rest].join('\n');
        const quickly = rereadText(config, next);
        if (quickly !== undefined) assert.deepEqual(quickly, whole(next));
      }),
      { numRuns: 2000 },
    );
  });

  it('asks no thread where only servers have changed, and reads all else by one', async () => {
    writeFileSync(file, text);
    const threads: string[] = [];
    const reread = async (config: DirectorConfig | undefined, written: string) => {
      writeFileSync(file, written);
      const result = await rereadConfig(file, config, { onThread: () => threads.push(written) });
      assert.deepEqual(result, await loadConfig(file, { keepsText: true }));
      return result.ok ? result.config : config;
    };
    const weight = edit('weight: 50', 'weight: 5');
    const name = edit('name: a', 'name: x');
    let config: DirectorConfig | undefined;
    for (const written of [text, weight, 'director: [', name]) config = await reread(config, written);
    assert.deepEqual(threads, [text, 'director: [', name]);
    rmSync(file);
    const { ok } = await rereadConfig(file, config);
    assert.equal(ok, false);
  });
});
