// The journal on disk: it outlives the process, is bounded, and is read in the order of time.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, readJournal } from '../../../../controller/log/journal.ts';
import { openLog } from '../../../../controller/log/log.ts';
import type { LogRecord, RecordFilter } from '../../../../controller/log/record.ts';
import { streamRecords } from '../../../../controller/log/record-stream.ts';

const size = { files: 3, bytes: 20_000 };
const quiet = { level: 'error', format: 'text', levels: {} } as const;

describe('the journal', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'regent-journal-'));
    path = join(directory, 'journal.jsonl');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const read = async (filter: RecordFilter = {}): Promise<string[]> => {
    const messages: string[] = [];
    for await (const { message } of readJournal(path, filter, size)) messages.push(message);
    return messages;
  };

  it('goes on where a folder or a FIFO is in its place, keeps that aside, and says so', async () => {
    mkdirSync(join(path, 'inside'), { recursive: true });
    execFileSync('mkfifo', [join(directory, 'journal1.jsonl')]);
    const logs = openLog('lb0', quiet, openJournal(path, size));
    logs.log('info', { process: 'ipvs', event: 'ipvs-change' }, 'first');
    await logs.close();
    assert.deepEqual(await read(), [
      `${join(directory, 'journal1.jsonl')} is not a file; it is kept as ${join(directory, 'journal1.jsonl')}.damaged`,
      `${path} is not a file; it is kept as ${path}.damaged`,
      'first',
    ]);
    assert.deepEqual(readdirSync(`${path}.damaged`), ['inside']);
  });

  const record = (message: string): LogRecord => ({
    timestamp: '',
    director: '',
    level: 'info',
    process: 'vrrp',
    message,
  });

  it('keeps what was logged before a restart, but not what is for debugging', async () => {
    for (const name of ['first', 'second']) {
      const logs = openLog('lb0', quiet, openJournal(path));
      logs.log('info', { process: 'vrrp', subject: 'vip', event: 'transition' }, name);
      logs.log('debug', { process: 'vrrp', subject: 'vip', event: 'announced' }, `${name} in detail`);
      logs.log('info', { process: 'ipvs', event: 'ipvs-change' }, `${name} of others`);
      await logs.close();
    }
    assert.deepEqual(await read({ subject: 'vip' }), ['first', 'second']);
    assert.deepEqual(await read({ since: '2999-01-01' }), []);
  });

  it('is read although a crash cut its last line off', async () => {
    const logs = openLog('lb0', quiet, openJournal(path));
    logs.log('info', { process: 'director', event: 'started' }, 'whole');
    await logs.close();
    appendFileSync(path, '{"timestamp":"2026-01-31T12:00');
    assert.deepEqual(await read(), ['whole']);
  });

  it('is bounded, and keeps the newest', async () => {
    const filling = 'x'.repeat(1000);
    for (const half of [0, 100]) {
      const journal = openJournal(path, size);
      for (let count = half; count < half + 100; count += 1) {
        journal.write([record(`${count} ${filling}`)]);
      }
      journal.close();
    }
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    assert.ok(sizes.length === size.files && sizes.every((bytes) => bytes <= size.bytes), String(sizes));
    const numbers = (await read()).map((message) => Number(message.split(' ')[0]));
    assert.equal(numbers.at(-1), 199);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, index) => 200 - numbers.length + index),
    );
  });

  it('writes what comes together at once, and turns over between', async () => {
    const journal = openJournal(path, size);
    const texts = Array.from({ length: 30 }, (_, count) => `${count} ${'ä'.repeat(500)}`);
    const waiting = texts.map(record);
    journal.write(waiting);
    journal.close();
    assert.deepEqual([await read(), waiting], [texts, []]);
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    assert.ok(sizes.length === 2 && sizes.every((bytes) => bytes <= size.bytes), String(sizes));
  });

  it('has a file of its own for a record that is longer than a file may be', async () => {
    const journal = openJournal(path, size);
    journal.write([record('before'), record('x'.repeat(size.bytes)), record('after')]);
    journal.close();
    assert.deepEqual(
      (await read()).map((text) => text.slice(0, 6)),
      ['before', 'xxxxxx', 'after'],
    );
  });

  it('is followed by what happens, without a gap and without anything twice', async () => {
    const logs = openLog('lb0', quiet, openJournal(path));
    logs.log('info', { process: 'director', event: 'started' }, 'before');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const gone = new AbortController();
    const sources = {
      journal: (filter: RecordFilter) => readJournal(path, filter, size),
      follow: logs.follow,
    };
    const seen: LogRecord[] = [];
    const following = (async () => {
      for await (const record of streamRecords(sources, {}, true, gone.signal)) seen.push(record);
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    logs.log('debug', { process: 'vrrp', event: 'announced' }, 'after');
    await new Promise((resolve) => setTimeout(resolve, 50));
    gone.abort();
    await following;
    assert.deepEqual(
      seen.map(({ message }) => message),
      ['before', 'after'],
    );
    await logs.close();
  });

  it('takes the level of each room, changed while it runs', async () => {
    const file = join(directory, 'regent.log');
    const logs = openLog('lb0', { ...quiet, levels: { vrrp: 'debug' }, file: { path: file, maxSize: 1e6, keep: 2 } });
    logs.log('debug', { process: 'vrrp', event: 'announced' }, 'loud');
    logs.log('debug', { process: 'ipvs', event: 'ipvs-missing' }, 'silent');
    logs.setLevel('ipvs', 'debug');
    logs.log('debug', { process: 'ipvs', event: 'ipvs-missing' }, 'loud now');
    assert.deepEqual(logs.levels(), { director: 'error', vrrp: 'debug', health: 'error', ipvs: 'debug' });
    await logs.close();
    assert.deepEqual(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.slice(54).trim()),
      ['loud', 'loud now'],
    );
  });
});
