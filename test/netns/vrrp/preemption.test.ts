// Preemption between real directors: off means off, after a restart as after a cut that heals; a delay is kept.

import assert from 'node:assert/strict';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, sleep, startDirector } from './hosts.ts';

describe('two directors without preemption', function () {
  this.timeout(60_000);
  let high: Host;
  let low: Host;
  beforeEach(() => {
    [high, low] = openHosts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(`${high.log()}\n${low.log()}`);
    await closeHosts();
  });
  const holders = (): string => [high.holds() ? 'high' : '', low.holds() ? 'low' : ''].filter(Boolean).join();
  /** Nothing arrives at either host while their cables stay up. */
  const cut = (): void => {
    for (const { namespace } of [high, low]) {
      namespace.run('nft', 'add table ip cut; add chain ip cut in { type filter hook input priority 0; policy drop; }');
    }
  };
  const heal = (): void => {
    for (const { namespace } of [high, low]) namespace.run('nft', 'delete table ip cut');
  };
  const start = async (keys: Readonly<Record<string, unknown>>): Promise<() => Promise<void>> => {
    const controller = startDirector(high, 150, keys);
    await until('the higher priority rules', () => holders() === 'high', 15_000);
    startDirector(low, 100, keys);
    await until('the lower one listens', () => low.log().includes('the master is 192.168.55.11'), 15_000);
    return async () => {
      controller.kill('SIGTERM');
      await ended(controller, 15_000);
    };
  };

  it('leave the address where it is when the higher one comes back', async () => {
    const stop = await start({ preempt: false });
    await stop();
    await until('the lower one rules', () => holders() === 'low', 10_000);
    startDirector(high, 150, { preempt: false });
    await until('the higher one listens', () => high.log().includes('the master is 192.168.55.12'), 15_000);
    await sleep(5000);
    assert.equal(holders(), 'low');
  });

  for (let round = 1; round <= 2; round += 1)
    it(`leave it with the lower one when a cut between two masters heals, time ${round}`, async () => {
      await start({ preempt: false });
      cut();
      await until('both rule', () => holders() === 'high,low', 10_000);
      await sleep(round * 300);
      heal();
      await until('one of them gives way', () => holders() === 'low', 3000);
      await sleep(4000);
      assert.equal(holders(), 'low');
      assert.match(high.log(), /gives way to 192\.168\.55\.12 \(priority 100\), which is master already/);
      assert.doesNotMatch(low.log(), /master -> backup/);
    });

  it('yield to a peer that preempts, and say so', async () => {
    startDirector(low, 100, { preempt: false });
    await until('the lower one rules', () => holders() === 'low', 15_000);
    startDirector(high, 150, { preempt: true });
    await until('the higher one rules', () => holders() === 'high', 15_000);
    assert.match(low.log(), /master -> backup: 192\.168\.55\.11 \(priority 150\) preempts/);
  });

  it('preempt after the delay, when there is one', async () => {
    const stop = await start({ preempt_delay: '6s' });
    await stop();
    await until('the lower one rules', () => holders() === 'low', 10_000);
    startDirector(high, 150, { preempt_delay: '6s' });
    await until('the higher one listens', () => high.log().includes('the master is 192.168.55.12'), 15_000);
    await sleep(4000);
    assert.equal(holders(), 'low');
    await until('the higher one rules', () => holders() === 'high', 8000);
    assert.match(high.log(), /preempts 192\.168\.55\.12 \(priority 100\)/);
  });
});
