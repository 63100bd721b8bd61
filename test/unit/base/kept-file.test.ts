// A state file is written again once the disk lets it, and what was damaged is kept aside.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeptFile } from '../../../base/kept-file.ts';

describe('a kept file', () => {
  let folder = '';
  let path = '';
  let said: (string | undefined)[] = [];
  const open = () => openKeptFile(path, (why) => said.push(why));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-kept-'));
    path = join(folder, 'state', 'a.json');
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is not there at first, and is written with its folder', () => {
    const file = open();
    assert.deepEqual([file.text, file.damage], [undefined, undefined]);
    file.write('one');
    assert.deepEqual([readFileSync(path, 'utf8'), open().text, said], ['one', 'one', []]);
  });

  it('is written by itself once it can be, with the latest text, and says so once', async function () {
    this.timeout(60_000);
    writeFileSync(join(folder, 'state'), 'in the way');
    const file = open();
    for (const text of ['one', 'two']) file.write(text);
    assert.match(file.fault() ?? '', /EEXIST|ENOTDIR/);
    rmSync(join(folder, 'state'));
    await new Promise((resolve) => setTimeout(resolve, 2200));
    assert.equal(readFileSync(path, 'utf8'), 'two');
    assert.deepEqual([said.length, said[1], file.fault()], [2, undefined, undefined]);
  });

  it('is kept aside where it cannot be read, and so is what makes no sense to its reader', () => {
    mkdirSync(path, { recursive: true });
    const unreadable = open();
    assert.match(unreadable.damage ?? '', /EISDIR/);
    unreadable.write('new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    rmSync(`${path}.damaged`, { recursive: true });
    const senseless = open();
    senseless.keepAside();
    senseless.write('newer');
    assert.deepEqual([readFileSync(`${path}.damaged`, 'utf8'), readFileSync(path, 'utf8')], ['new', 'newer']);
  });
});
