// Records of several directors in one order of time.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { mergeByTime } from '../../../cli/merge.ts';
import type { LogRecord } from '../../../controller/log/record.ts';

const record = (director: string, second: number): LogRecord => ({
  timestamp: new Date(second * 1000).toISOString(),
  director,
  level: 'info',
  process: 'vrrp',
  message: String(second),
});
async function* source(director: string, seconds: readonly number[], delay = 0): AsyncGenerator<LogRecord> {
  for (const second of seconds) {
    if (delay > 0) await sleep(delay);
    yield record(director, second);
  }
}

describe('merged records', () => {
  it('come in the order of time', async () => {
    const shown: string[] = [];
    await mergeByTime([source('lb0', [1, 4, 5]), source('lb1', [2, 3, 6])], ({ message }) => shown.push(message));
    assert.deepEqual(shown, ['1', '2', '3', '4', '5', '6']);
  });

  it('come in the order of time although one source is slow, and before the sources end', async () => {
    const shown: string[] = [];
    let shownBeforeEnd = 0;
    async function* lasting(): AsyncGenerator<LogRecord> {
      yield record('lb0', 2);
      yield record('lb0', 4);
      await sleep(700);
      shownBeforeEnd = shown.length;
    }
    await mergeByTime([lasting(), source('lb1', [1, 3], 60)], ({ message }) => shown.push(message));
    assert.deepEqual(shown, ['1', '2', '3', '4']);
    assert.equal(shownBeforeEnd, 4);
  });
});
