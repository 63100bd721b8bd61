// Preemption between real directors: off means off, after a restart as after a cut that heals; a delay is kept.

import assert from 'node:assert/strict';
import { until } from '../namespaces.ts';
import { ended, type Host, logs, type RouterKeys, sleep, startDirector } from './hosts.ts';
import { type HostsTest, sideBySide } from './side-by-side.ts';

/** A master down interval is 1.8 s at most. */
const interval = { advertisement_interval: '500ms' };

/** Nothing arrives at either host while their cables stay up. */
const cut = (hosts: readonly Host[]): void => {
  for (const { namespace } of hosts)
    namespace.run('nft', 'add table ip cut; add chain ip cut in { type filter hook input priority 0; policy drop; }');
};
const heal = (hosts: readonly Host[]): void => {
  for (const { namespace } of hosts) namespace.run('nft', 'delete table ip cut');
};

const holders = ([high, low]: readonly [Host, Host]): string =>
  [high.holds() ? 'high' : '', low.holds() ? 'low' : ''].filter(Boolean).join();

/** Starts both, the higher one first. @returns how to stop the higher one. */
const start = async (hosts: readonly [Host, Host], keys: RouterKeys): Promise<() => Promise<void>> => {
  const [high, low] = hosts;
  const controller = startDirector(high, 150, { ...interval, ...keys });
  await until('the higher priority rules', () => holders(hosts) === 'high');
  startDirector(low, 100, { ...interval, ...keys });
  await until('the lower one listens', () => low.log().includes('the master is 192.168.55.11'));
  return async () => {
    controller.kill('SIGTERM');
    await ended(controller, 15_000);
  };
};

/** The higher one leaves and comes back to a master of lower priority, with these keys. */
const restart = async (hosts: readonly [Host, Host], keys: RouterKeys): Promise<void> => {
  const [high] = hosts;
  const stop = await start(hosts, keys);
  await stop();
  await until('the lower one rules', () => holders(hosts) === 'low');
  startDirector(high, 150, { ...interval, ...keys });
  await until('the higher one listens', () => high.log().includes('the master is 192.168.55.12'));
};

const meetAgain =
  (pause: number): HostsTest =>
  async (hosts) => {
    const [high, low] = hosts;
    await start(hosts, { preempt: false });
    cut(hosts);
    await until('both rule', () => holders(hosts) === 'high,low');
    await sleep(pause);
    heal(hosts);
    await until('one of them gives way', () => holders(hosts) === 'low');
    await sleep(2500);
    assert.equal(holders(hosts), 'low');
    await logs(high, /gives way to 192\.168\.55\.12 \(priority 100\), which is master already/);
    assert.doesNotMatch(low.log(), /master -> backup/);
  };

describe('two directors without preemption', function () {
  this.timeout(90_000);
  sideBySide({
    'leave the address where it is when the higher one comes back': async (hosts) => {
      await restart(hosts, { preempt: false });
      await sleep(3000);
      assert.equal(holders(hosts), 'low');
    },

    'leave it with the lower one when a cut between two masters heals': meetAgain(150),
    'leave it with the lower one when it heals later within an interval': meetAgain(400),

    'yield to a peer that preempts, and say so': async (hosts) => {
      const [high, low] = hosts;
      startDirector(low, 100, { ...interval, preempt: false });
      await until('the lower one rules', () => holders(hosts) === 'low');
      startDirector(high, 150, { ...interval, preempt: true });
      await until('the higher one rules', () => holders(hosts) === 'high');
      const isTold = () => /master -> backup: 192\.168\.55\.11 \(priority 150\) preempts/.test(low.log());
      await until('the log tells who preempts', isTold);
    },

    'listen longer when they start, where a delay is configured': async ([high]) => {
      startDirector(high, 150, { ...interval, start_delay: '2s' });
      await until('it rules', () => high.holds());
      const atOf = (words: string): number =>
        Number(new RegExp(`"at":(\\d+),.*"${words}`).exec(high.log())?.[1] ?? Number.NaN);
      await until('the log tells so', () => atOf('backup -> master') > 0);
      // The delay, three intervals of 500 ms, and the skew time.
      const span = atOf('backup -> master') - atOf('initialize -> backup');
      assert.ok(span >= 3700 && span < 8000, `${span} ms`);
    },

    'preempt after the delay, when there is one': async (hosts) => {
      await restart(hosts, { preempt_delay: '4s' });
      await sleep(2500);
      assert.equal(holders(hosts), 'low');
      await until('the higher one rules', () => holders(hosts) === 'high');
      const isTold = () => /preempts 192\.168\.55\.12 \(priority 100\)/.test(hosts[0].log());
      await until('the log tells whom it preempts', isTold);
    },
  });
});
