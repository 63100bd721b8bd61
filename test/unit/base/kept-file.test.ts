// A state file is written again once the disk lets it, and what was damaged is kept aside.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    assert.match(unreadable.damage ?? '', /is a directory, not a file/);
    unreadable.write('new');
    assert.equal(readFileSync(path, 'utf8'), 'new');
    const senseless = open();
    assert.equal(senseless.keepAside(), `it is kept as ${path}.damaged`);
    senseless.write('newer');
    assert.deepEqual([readFileSync(`${path}.damaged`, 'utf8'), readFileSync(path, 'utf8')], ['new', 'newer']);
  });

  it('waits for the disk before it keeps aside, and is not blocked by a FIFO', () => {
    mkdirSync(join(folder, 'state'));
    execFileSync('mkfifo', [path]);
    const file = open();
    assert.match(file.damage ?? '', /is a FIFO \(named pipe\), not a file/);
    file.keepAside();
    assert.deepEqual([existsSync(path), existsSync(`${path}.damaged`)], [false, true]);
    let isFull = true;
    const files = new Map([['a', 'old']]);
    const full = openKeptFile('a', undefined, {
      read: (name) => files.get(name),
      keepAside: (name) => {
        if (isFull) throw new Error('ENOSPC');
        files.delete(name);
      },
      replace: (name, text) => files.set(name, text),
      after: () => () => undefined,
    });
    assert.match(full.keepAside(), /^it will be kept as a\.damaged once that can be written \(ENOSPC\)$/);
    full.write('new');
    assert.equal(files.get('a'), 'old');
    isFull = false;
    full.write('new');
    assert.equal(files.get('a'), 'new');
  });
});
