// Files in the place of others: whole, and those that are the same stay as they are.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layFiles } from '../../../packaging/lay-files.ts';

describe('files that are laid in the place of others', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-lay-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are other files, unless they are the same, beside what is there', () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    const write = (path: string, text: string): void => {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, text);
    };
    for (const [name, text] of [
      ['same.js', 'as before'],
      ['other.js', 'before'],
      ['kept.js', 'of the place'],
    ] as const)
      write(join(to, name), text);
    for (const [name, text] of [
      ['same.js', 'as before'],
      ['other.js', 'after'],
      ['page/new.js', 'new'],
    ] as const)
      write(join(from, name), text);
    const fileOf = (name: string): number => statSync(join(to, name)).ino;
    const [same, other] = ['same.js', 'other.js'].map(fileOf);
    layFiles(from, to, 0);
    assert.equal(fileOf('same.js'), same);
    // A program that reads the earlier one reads it to its end.
    assert.notEqual(fileOf('other.js'), other);
    const texts = readdirSync(to, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `${name}: ${readFileSync(join(parentPath, name), 'utf8')}`);
    assert.deepEqual(texts.toSorted(), [
      'kept.js: of the place',
      'new.js: new',
      'other.js: after',
      'same.js: as before',
    ]);
    layFiles(from, to, Date.now() + 60_000);
    assert.notEqual(fileOf('same.js'), same);
  });
});
