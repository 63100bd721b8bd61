// What a plan says of a change, against what clients find when it is applied.

import assert from 'node:assert/strict';
import { until } from '../../netns/namespaces.ts';
import { sleep } from '../../netns/vrrp/hosts.ts';
import { type playTraffic, withoutCounts } from './reload-traffic.ts';
import { patience } from './running-director.ts';

/**
 * Reloads to that configuration while clients stay, come all the time and send datagrams.
 * @param isServed whether the service that they ask is still there.
 */
export const applyAsPlanned = async (
  { ask, planOf, reload, untilDrained }: ReturnType<typeof playTraffic>,
  after: string,
  isServed = true,
): Promise<void> => {
  const plan = planOf(after);
  const words = JSON.stringify(plan);
  await ask('ask');
  await until('connections come', async () => (await ask('came')) > 20, patience);
  assert.deepEqual(withoutCounts(await reload(after)), withoutCounts(plan));
  await sleep(1000);
  const { refused } = (await ask('rest')) as { refused: number };
  const mayRefuse = plan.some(({ effect }) => effect === 'refuses') || !isServed;
  if (!mayRefuse) assert.equal(refused, 0, words);
  // Those of a server that leaves go on until its time is over.
  if (isServed) assert.equal(await ask('alive'), 8, words);
  await untilDrained(after);
  const cut = plan.reduce((sum, { connections = 0, subject }) => sum + (subject.includes('dns') ? 0 : connections), 0);
  assert.equal(await ask('alive'), 8 - cut, words);
};
