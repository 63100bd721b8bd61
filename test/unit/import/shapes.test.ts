// Configurations as people write them: each is imported, passes the check, and amounts to what it should.

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { hostFiles } from '../../../config/source/files.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { formatProblems } from '../../../config/source/problem.ts';
import { type Imported, importKeepalived } from '../../../import/import.ts';
import { formatFindings } from '../../../import/statement.ts';

/** Configurations as people write them, and one for each thing that keepalived means otherwise than it seems. */
const folders = ['test/unit/import/shapes', 'test/unit/import/corpus'];
const settings = { configId: 'main', environment: {} };
const names = folders.flatMap((folder) =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.conf') ? [join(folder, basename(file, '.conf'))] : [])),
);

const importShape = (name: string): Imported => importKeepalived(`${name}.conf`, hostFiles, settings);

/** Compares with what the file beside the shape has; WRITE_EXPECTED=1 writes it anew, for a reviewer to read. */
const expectText = (path: string, text: string): void => {
  if (process.env.WRITE_EXPECTED === '1') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
};

describe('importKeepalived', () => {
  it('has shapes enough', () => assert.ok(names.length >= 60, `${names.length}`));

  for (const name of names) {
    it(`makes of ${name} what regent check accepts`, () => {
      const checked = parseConfig(importShape(name).yaml, name);
      assert.ok(checked.ok, checked.ok ? '' : formatProblems(checked.problems));
    });

    it(`makes of ${name} what is expected`, () => {
      const { yaml, findings } = importShape(name);
      const said = formatFindings(findings).map((line) => `# ${line}\n`);
      // A relative name becomes an absolute one, wherever the checkout lies.
      expectText(`${name}.expected`, [yaml, ...said].join('').replaceAll(process.cwd(), '/checkout'));
    });
  }

  it('refuses a file that is not there, and one that is none of keepalived', () => {
    assert.throws(() => importShape('nowhere'), /nowhere\.conf: cannot be read: ENOENT/);
    const folder = mkdtempSync(join(tmpdir(), 'regent-import-'));
    const [large, including, binary] = ['large', 'including', 'binary'].map((name) => join(folder, name));
    writeFileSync(large ?? '', '');
    truncateSync(large ?? '', 65 * 2 ** 20);
    writeFileSync(including ?? '', `include ${folder}\ninclude ${large}\n`);
    writeFileSync(binary ?? '', 'vrrp_instance a\0');
    const read = (file = ''): Imported => importKeepalived(file, hostFiles, settings);
    try {
      assert.throws(() => read(folder), /cannot be read: .* is a directory, not a file/);
      assert.throws(() => read(large), /cannot be read: .* has more than 64 MiB/);
      assert.throws(() => read(binary), /cannot be read: it is not a text file/);
      assert.throws(() => read('/proc/self/mem'), /cannot be read: E/);
      const says = /cannot be read: .* is a directory[\s\S]*cannot be read: .* has more than 64 MiB/;
      assert.throws(() => read(including), says);
      appendFileSync(including ?? '', 'vrrp_instance a {\n}\n');
      assert.match(
        read(including)
          .findings.map(({ message }) => message)
          .join('\n'),
        says,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.throws(() => importKeepalived('package.json', hostFiles, settings), /no block of keepalived/);
  });
});
