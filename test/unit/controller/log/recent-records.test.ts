// The latest records for who asks: none are kept in memory before that.

import assert from 'node:assert/strict';
import { openRecentRecords } from '../../../../controller/log/recent-records.ts';
import type { LogRecord } from '../../../../controller/log/record.ts';

const record = (second: number): LogRecord => ({
  timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  level: 'info',
  director: 'lb0',
  process: 'vrrp',
  message: `${second}`,
});
const words = (records: readonly LogRecord[]): string => records.map(({ message }) => message).join(' ');

describe('recent records', () => {
  let written: LogRecord[] = [];
  let listeners = new Set<(record: LogRecord) => void>();
  const write = (second: number): void => {
    written.push(record(second));
    for (const listener of listeners) listener(record(second));
  };
  const open = (most: number) =>
    openRecentRecords(
      {
        journal: async function* () {
          yield* written;
        },
        follow: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
      most,
    );
  beforeEach(() => {
    written = [];
    listeners = new Set();
  });

  it('are not kept before they are asked for, and are complete then', async () => {
    const { since } = open(10);
    write(1);
    assert.equal(listeners.size, 0);
    assert.equal(words(await since(undefined)), '1');
    write(2);
    assert.equal(words(await since(undefined)), '1 2');
    assert.equal(words(await since(record(1).timestamp)), '2');
    assert.equal(listeners.size, 1);
  });

  it('are the latest of as many, and are followed no longer once they are closed', async () => {
    const { since, close } = open(2);
    for (const second of [1, 2, 3]) write(second);
    assert.equal(words(await since(undefined)), '2 3');
    write(4);
    assert.equal(words(await since(undefined)), '3 4');
    close();
    assert.equal(listeners.size, 0);
  });
});
