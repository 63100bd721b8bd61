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
    await mergeByTime(
      [source('lb0', [1, 4, 5]), source('lb1', [2, 3, 6])],
      ({ message }) => shown.push(message),
      false,
    );
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
    await mergeByTime([lasting(), source('lb1', [1, 3], 60)], ({ message }) => shown.push(message), true);
    assert.deepEqual(shown, ['1', '2', '3', '4']);
    assert.equal(shownBeforeEnd, 4);
  });

  // A remote source takes longer to connect than any pause between its records.
  for (const follows of [false, true])
    it(`wait for a source that is slow to begin, ${follows ? 'followed' : 'read once'}`, async () => {
      const shown: string[] = [];
      async function* late(): AsyncGenerator<LogRecord> {
        await sleep(900);
        yield* source('lb1', [1, 3]);
      }
      await mergeByTime([source('lb0', [2, 4]), late()], ({ message }) => shown.push(message), follows);
      assert.deepEqual(shown, ['1', '2', '3', '4']);
    });
  it('wait for a source that is slow throughout, where nothing is followed', async () => {
    const shown: string[] = [];
    await mergeByTime([source('lb0', [2, 4]), source('lb1', [1, 3], 500)], ({ message }) => shown.push(message), false);
    assert.deepEqual(shown, ['1', '2', '3', '4']);
  });
});
