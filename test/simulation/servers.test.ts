// Servers, prober and controller in virtual time: the table is never empty while a server is healthy, and what is down or drained
// gets nothing new.

import assert from 'node:assert/strict';
import { runServers } from './servers.ts';

describe('the table of a service', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
    it(`is right through all faults of seed ${seed}`, () => {
      const { broken, verdicts } = runServers(seed, 2);
      assert.deepEqual(broken, []);
      assert.ok(verdicts > 20, 'much happens');
    });
});
