// The journal and the log file on a real disk that is full: nothing throws into the caller, and lines come once there is room.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJournal, readJournal } from '../../../controller/log/journal.ts';
import { openLogFile } from '../../../controller/log/log-file.ts';
import { until } from '../namespaces.ts';

describe('a log on a full disk', function () {
  this.timeout(20_000);
  let disk = '';
  before(() => {
    disk = mkdtempSync(join(tmpdir(), 'regent-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  });
  after(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const fill = (): void => {
    for (const size of [65_536, 1024, 1])
      try {
        for (;;) writeFileSync(join(disk, 'fill'), Buffer.alloc(size), { flag: 'a' });
      } catch {
        // It is full.
      }
  };
  const record = (message: string) =>
    ({ timestamp: '2026', director: 'lb0', level: 'info', process: 'vrrp', message }) as const;

  it('tears no record but the one that did not fit', async () => {
    const path = join(disk, 'journal.jsonl');
    const journal = openJournal(path);
    journal.write([record('first')]);
    fill();
    for (let count = 0; count < 20; count += 1)
      try {
        for (;;) journal.write([record(`filler ${'x'.repeat(300)}`)]);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    rmSync(join(disk, 'fill'));
    journal.write([record('after')]);
    journal.close();
    const next = openJournal(path);
    next.write([record('next')]);
    next.close();
    const messages: string[] = [];
    for await (const { message } of readJournal(path, {})) messages.push(message);
    assert.deepEqual(
      messages.filter((message) => !message.startsWith('filler')),
      ['first', 'after', 'next'],
    );
  });

  it('takes each record off the list once it is in the file, and the others when there is room', async () => {
    const path = join(disk, 'together.jsonl');
    const journal = openJournal(path);
    journal.write([record('first')]);
    fill();
    const texts = Array.from({ length: 50 }, (_, count) => `${count} ${'x'.repeat(300)}`);
    const waiting = texts.map((text) => record(text));
    assert.throws(() => journal.write(waiting), { code: 'ENOSPC' });
    assert.ok(waiting.length > 0 && waiting.length <= texts.length, String(waiting.length));
    // There is room for some records; the last of them is cut off.
    truncateSync(join(disk, 'fill'), statSync(join(disk, 'fill')).size - 8192);
    assert.throws(() => journal.write(waiting), { code: 'ENOSPC' });
    assert.ok(waiting.length > 0 && waiting.length < texts.length, String(waiting.length));
    rmSync(join(disk, 'fill'));
    journal.write(waiting);
    journal.close();
    const messages: string[] = [];
    for await (const { message } of readJournal(path, {})) messages.push(message);
    assert.deepEqual(messages, ['first', ...texts]);
  });

  it('is written by the configured file once there is room, whole and in order', async () => {
    const said: (string | undefined)[] = [];
    const path = join(disk, 'a.log');
    const file = openLogFile({ path, maxSize: 1e6, keep: 2 }, (why) => said.push(why));
    file.write('line 0');
    await sleep(50);
    fill();
    for (let count = 1; count <= 1000; count += 1) file.write(`line ${count}`);
    await until('the fault is known', () => /ENOSPC/.test(file.fault() ?? ''));
    rmSync(join(disk, 'fill'));
    await until('it is written', () => file.fault() === undefined);
    await file.close();
    assert.deepEqual(
      readFileSync(path, 'utf8').trim().split('\n'),
      Array.from({ length: 1001 }, (_, index) => `line ${index}`),
    );
    assert.deepEqual([said.length, said[1]], [2, undefined]);
  });

  it('bounds what waits', async () => {
    const file = openLogFile({ path: join(disk, 'missing', 'b.log'), maxSize: 1e6, keep: 2 }, () => undefined);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 100_000; count += 1) file.write('x'.repeat(100));
    await sleep(50);
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 2 ** 20);
    await file.close();
    assert.ok(!readdirSync(disk).includes('missing'));
  });
});
