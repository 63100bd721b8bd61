// Records of a director that ends and comes back: each is told once, and what happened meanwhile is not missed.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSource } from '../../../cli/event-sources.ts';
import { UnreachableError } from '../../../controller/control-client.ts';
import type { LogRecord } from '../../../controller/log-record.ts';

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
