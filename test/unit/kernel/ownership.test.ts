// The state file of what is ours.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOwnership } from '../../../kernel/ownership.ts';

describe('ownership', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-ownership-'));
    path = join(folder, 'state', 'owned.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const keysOf = (bootId?: string): string[] => [...openOwnership(path, bootId).keys()];

  it('is empty at first', () => assert.deepEqual([...openOwnership(path).keys()], []));

  it('is remembered by the next process of the same boot', () => {
    const ownership = openOwnership(path);
    ownership.claim(['enp0s9 192.168.55.100/32', 'enp0s8 192.168.66.100/32']);
    ownership.release(['enp0s8 192.168.66.100/32']);
    assert.deepEqual([...ownership.keys()], ['enp0s9 192.168.55.100/32']);
    assert.deepEqual(keysOf(), ['enp0s9 192.168.55.100/32']);
  });

  it('ends with the boot', () => {
    openOwnership(path, 'first').claim(['a']);
    assert.deepEqual(keysOf('first'), ['a']);
    assert.deepEqual(keysOf('second'), []);
    assert.equal(openOwnership(path, 'second').damage, undefined);
  });

  for (const text of ['', '{"bootId":"b","keys":[', '[]', 'null', '{"bootId":"b","keys":1}'])
    it(`is empty, and says so, where the file holds ${JSON.stringify(text)}`, () => {
      openOwnership(path, 'b').claim(['a']);
      writeFileSync(path, text);
      const ownership = openOwnership(path, 'b');
      assert.deepEqual([...ownership.keys()], []);
      assert.match(ownership.damage ?? '', /^Cannot read .*owned\.json: .*; it is kept as .*owned\.json\.damaged$/);
      assert.equal(readFileSync(`${path}.damaged`, 'utf8'), text);
      ownership.claim(['new']);
      assert.deepEqual(keysOf('b'), ['new']);
      assert.equal(readFileSync(`${path}.damaged`, 'utf8'), text);
    });

  it('keeps what only a newer build understands', () => {
    openOwnership(path, 'b').claim(['a']);
    writeFileSync(path, '{"bootId":"b","keys":["a",{"kind":"new"}],"version":2}');
    const ownership = openOwnership(path, 'b');
    assert.deepEqual([[...ownership.keys()], ownership.damage], [['a'], undefined]);
    ownership.claim(['c']);
    ownership.release(['a']);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
      version: 2,
      bootId: 'b',
      keys: ['c', { kind: 'new' }],
    });
  });

  it('leaves no temporary file', () => {
    openOwnership(path).claim(['a']);
    assert.deepEqual(readdirSync(join(folder, 'state')), ['owned.json']);
  });

  it('replaces the file as a whole, and only when a key is new or gone', () => {
    const ownership = openOwnership(path, 'b');
    ownership.claim(['a']);
    const { ino } = statSync(path);
    ownership.claim(['a']);
    ownership.release(['never']);
    assert.equal(statSync(path).ino, ino);
    ownership.claim(['c']);
    assert.notEqual(statSync(path).ino, ino);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { bootId: 'b', keys: ['a', 'c'] });
  });
});
