// Records of a director that ends and comes back: each is told once, and what happened meanwhile is not missed.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSource } from '../../../cli/event-sources.ts';
import { UnreachableError } from '../../../controller/control/client.ts';
import type { Question } from '../../../controller/control/followed-records.ts';
import type { LogRecord } from '../../../controller/log/record.ts';

const record = (second: number, message: string): LogRecord => ({
  timestamp: `2026-01-31T12:00:0${second}.000Z`,
  director: 'lb0',
  level: 'info',
  process: 'vrrp',
  message,
});

describe('a director that is followed', () => {
  let folder = '';
  let server: Server | undefined;
  const asked: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-events-'));
    asked.length = 0;
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  /** A director that tells these records, and stays until it is ended. */
  const direct = (records: readonly LogRecord[]): Promise<{ end: (how: 'end' | 'destroy') => Promise<void> }> =>
    new Promise((resolve) => {
      const answers = new Set<ServerResponse>();
      const listening = createServer(({ url = '' }, response) => {
        asked.push(new URL(url, 'http://localhost').searchParams.get('since') ?? '');
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        for (const one of records) response.write(`${JSON.stringify(one)}\n`);
        answers.add(response);
      });
      server = listening;
      const end = (how: 'end' | 'destroy'): Promise<void> =>
        new Promise((done) => {
          for (const answer of answers) answer[how]();
          listening.close(() => done());
          listening.closeAllConnections();
        });
      listening.listen(join(folder, 'control.sock'), () => resolve({ end }));
    });

  const question = { filter: { since: '2026-01-31T12:00:00.000Z' }, follows: true };

  for (const how of ['end', 'destroy'] as const)
    it(`goes on when it comes back after its ${how}, and tells nothing twice`, async () => {
      const first = await direct([record(1, 'one'), record(2, 'two'), record(2, 'three')]);
      const source = readSource(join(folder, 'control.sock'), question)[Symbol.asyncIterator]();
      const next = async (): Promise<string> => ((await source.next()).value as LogRecord).message;
      assert.deepEqual([await next(), await next(), await next()], ['one', 'two', 'three']);
      const fourth = next();
      await first.end(how);
      await direct([record(2, 'two'), record(2, 'three'), record(2, 'meanwhile'), record(3, 'four')]);
      assert.deepEqual([await fourth, await next()], ['meanwhile', 'four']);
      assert.deepEqual(asked, [question.filter.since, '2026-01-31T12:00:02.000Z']);
      await source.return?.(undefined);
    });

  it('is a mistake where it was never there', async () => {
    const source = readSource(join(folder, 'control.sock'), question)[Symbol.asyncIterator]();
    await assert.rejects(source.next(), UnreachableError);
  });
});

describe('records of a file', () => {
  it('are those that are asked for, and go on when it is replaced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-events-'));
    const path = join(folder, 'lb0.jsonl');
    const write = (...records: readonly LogRecord[]): void =>
      writeFileSync(path, records.map((one) => `${JSON.stringify(one)}\n`).join(''));
    write(record(1, 'one'), { ...record(2, 'two'), process: 'health' }, record(3, 'three'));
    const source = readSource(path, { filter: { process: 'vrrp' }, follows: true })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => ((await source.next()).value as LogRecord).message;
    assert.deepEqual([await next(), await next()], ['one', 'three']);
    renameSync(path, `${path}.1`);
    write(record(4, 'four'));
    assert.equal(await next(), 'four');
    await source.return?.(undefined);
    rmSync(folder, { recursive: true });
  });
});

describe('records of a director over ssh', () => {
  let folder = '';
  const path = process.env.PATH;
  /** An ssh that runs its last word here, and a regent there. */
  const install = (regent: string): void => {
    for (const [name, text] of [
      ['ssh', 'for word; do :; done; echo "$@" >> "$0.args"; exec sh -c "$word"'],
      ['regent', regent],
    ] as const) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
  };
  const collect = async (question: Question, count = Number.POSITIVE_INFINITY): Promise<string[]> => {
    const messages: string[] = [];
    for await (const { message } of readSource('ssh:lb1', question)) {
      messages.push(message);
      if (messages.length === count) break;
    }
    return messages;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-ssh-'));
    process.env.PATH = `${folder}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  it('are asked for by words that the shell there leaves alone', async () => {
    install(
      `for word; do echo "{\\"timestamp\\":\\"2026\\",\\"director\\":\\"lb1\\",\\"level\\":\\"info\\",\\"process\\":\\"vrrp\\",\\"message\\":\\"$word\\"}"; done`,
    );
    const filter = { since: '2026-01-31T12:00:00.000Z', subject: "it's $(id) a", process: 'vrrp' } as const;
    assert.deepEqual(await collect({ filter, follows: false }), [
      'events',
      '--json',
      '--since',
      filter.since,
      '--subject',
      filter.subject,
      '--process',
      'vrrp',
    ]);
    assert.match(readFileSync(join(folder, 'ssh.args'), 'utf8'), /-- lb1 regent events/);
  });

  it('go on when the host was away meanwhile', async () => {
    writeFileSync(
      join(folder, 'records'),
      `${JSON.stringify(record(1, 'one'))}\n${JSON.stringify(record(2, 'two'))}\n`,
    );
    install(`touch "$0.$$"; head -n "$(ls "$0".* | wc -l)" ${folder}/records; exit 255`);
    assert.deepEqual(await collect({ filter: {}, follows: true }, 2), ['one', 'two']);
  });

  for (const follows of [false, true])
    it(`are a mistake where the host cannot be reached, ${follows ? 'followed' : 'once'}`, async () => {
      install('exit 255');
      await assert.rejects(collect({ filter: {}, follows }), /Cannot reach the director of lb1: ssh ended with 255/);
    });
});
