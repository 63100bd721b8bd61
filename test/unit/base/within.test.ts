// Limits of time: a result that comes too late is none, and what takes too long is aborted.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../../base/units.ts';
import { abortAfter, within } from '../../../base/within.ts';

describe('a limit of time', () => {
  it('gives a result that comes within it, and none that comes later', async () => {
    assert.equal(await within(milliseconds(20_000), sleep(1, 'result')), 'result');
    assert.equal(await within(milliseconds(1), sleep(200, 'result')), undefined);
  });
  it('passes a failure within it on', () =>
    assert.rejects(within(milliseconds(20_000), Promise.reject(new Error('refused'))), /refused/));
  it('may have parts of a millisecond', async () => {
    const signal = abortAfter(1.5);
    assert.equal(signal.aborted, false);
    await once(signal, 'abort');
  });
});
