// A reload under traffic does what the plan has said, from any configuration to any other.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sleep } from '../../netns/vrrp/hosts.ts';
import { extent, unlessShort } from '../../prove/extent.ts';
import { configuration, hosts, playTraffic, server, withoutCounts } from './reload-traffic.ts';
import { patience } from './running-director.ts';

describe('a reload of anything under traffic', function () {
  this.timeout(2 * patience);
  const { ask, planOf, reload, waitUntilUp, openStaying, untilDrained } = playTraffic();

  /** One of many configurations, each with something that serves. */
  const shapes = fc
    .record(
      {
        indices: fc.uniqueArray(fc.nat(hosts.length - 1), { minLength: 1, maxLength: 3 }),
        weight: fc.integer({ min: 1, max: 3 }),
        scheduler: fc.constantFrom('wrr', 'wrr', 'lc'),
        interval: fc.constantFrom('200ms', '250ms', '300ms'),
        also: fc.constantFrom('', ', "192.168.55.101:80"'),
        name: fc.constantFrom('web', 'www'),
      },
      { noNullPrototype: true },
    )
    .map(({ indices, weight, scheduler, interval, also, name }) =>
      configuration({
        name,
        also,
        keys: `scheduler: ${scheduler}`,
        servers: indices.map((index) => server(index, `, weight: ${weight}`)),
      }).replaceAll('interval: 200ms', `interval: ${interval}`),
    );

  it('does what the plan says, from any configuration to any other', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, shapes, async (before, after) => {
        await reload(before);
        await waitUntilUp();
        await openStaying();
        const plan = planOf(after);
        const words = JSON.stringify(plan);
        await ask('ask');
        await sleep(200);
        assert.deepEqual(withoutCounts(await reload(after)), withoutCounts(plan));
        await waitUntilUp();
        const { refused } = (await ask('rest')) as { refused: number };
        if (!plan.some(({ effect }) => effect === 'refuses')) assert.equal(refused, 0, words);
        await untilDrained(after);
        assert.equal(await ask('alive'), 8 - plan.reduce((sum, { connections = 0 }) => sum + connections, 0), words);
      }),
      { numRuns: extent(60, unlessShort(3, 1)), endOnFailure: true },
    );
  }).timeout(extent(3_600_000, 2 * patience));
});
