// The clock of a machine with two directors steps by a day, forward and back.

import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { collect, start } from './calls.ts';

describe('a clock that steps by a day', () => {
  it('moves no mastership, no verdict and no command', async () => {
    const script = join(import.meta.dirname, 'clock-steps.js');
    const { code, out, error } = await collect(start('--', process.execPath, script));
    assert.equal(code, 0, `${out}\n${error}`);
    assert.match(out.toString(), /the clock steps cost nothing/);
  }).timeout(480_000);
});
