// The master is reloaded, restarted and handed over while the client makes new connections all the time: no request fails.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../lab/drill.ts';
import { tally } from '../../../lab/outage.ts';
import type { DirectorName } from '../../../lab/topology.ts';
import { extent } from '../../prove/extent.ts';
import { type BusyLab, isRunning, openBusyLab, patience } from './busy-lab.ts';

/** An emulated processor drowns in that: it opens some ten connections in a second beside all else. */
const perSecond = readFileSync('/proc/cpuinfo', 'utf8').includes('TCG') ? 10 : 200;
const answerDelay = 30;
/** Until a request is given up, in milliseconds: clients give up the SYN of an outage of this length, and no answer takes as long. */
const timeout = 10_000;

describe(`under ${perSecond} new connections a second to servers that answer after ${answerDelay} ms`, function () {
  let lab: BusyLab;
  this.timeout(patience);
  // Each changes the state that the next begins with.
  this.retries(0);

  before(async function () {
    this.timeout(4 * patience);
    lab = await openBusyLab(answerDelay, { every: 1000 / perSecond, timeout });
  });
  after(async function () {
    if (!this.test?.parent?.tests.every(({ state }) => state === 'passed')) console.error(lab?.lines.join('\n'));
    await lab?.close();
  });

  /** Tells of the requests since a moment. */
  const count = async (begin: number): Promise<{ failed: number; text: string }> => {
    const end = Date.now();
    const requests = await lab.prober.between(begin, end);
    const { made, failed, errors } = tally(requests);
    const slowest = Math.round(Math.max(...requests.map(({ duration }) => duration)));
    const rate = Math.round((made * 1000) / (end - begin));
    const text = `${failed} of ${made} requests failed, ${rate} a second, the slowest took ${slowest} ms ${JSON.stringify(errors)}`;
    return { failed, text };
  };

  /** Since when lb0 has been master of all its routers without a break; undefined when it is not. */
  const masterSince = async (): Promise<string | undefined> => {
    const routers = (await lab.statusOf('lb0'))?.routers;
    return routers?.every(({ state }) => state === 'master') ? routers.map(({ since }) => since).join() : undefined;
  };

  const reload = async (turn: number): Promise<void> => {
    const text = readFileSync(lab.file, 'utf8').replaceAll(/weight: \d+/g, `weight: ${turn % 2 === 0 ? 90 : 100}`);
    writeFileSync(lab.file, text);
    await lab.ask('lb0', 'POST', '/v1/reload');
  };
  const restart = async (turn: number): Promise<void> => {
    const pid = lab.controller();
    process.kill(pid, turn % 2 === 0 ? 'SIGUSR2' : 'SIGKILL');
    assert.ok(await until(() => !isRunning(pid), patience, 20), 'the controller does not end');
    await lab.startController();
    const isKnown = async () => (await masterSince()) !== undefined;
    assert.ok(await until(isKnown, patience), 'no next controller');
  };
  for (const { what, times, act } of [
    { what: 'reloads', times: extent(100, 6), act: reload },
    { what: 'restarts, every other by SIGKILL', times: extent(100, 2), act: restart },
  ])
    it(`${times} ${what} fail no request`, async function () {
      this.timeout(times * patience);
      const since = await masterSince();
      assert.ok(since !== undefined);
      const begin = Date.now();
      for (let turn = 0; turn < times; turn += 1) await act(turn);
      await sleep(500);
      const { failed, text } = await count(begin);
      console.log(`      ${text}`);
      assert.equal(failed, 0, text);
      assert.equal(await masterSince(), since, 'the routers were not master all the time');
    });

  const rules = async (name: DirectorName): Promise<boolean> => {
    const routers = (await lab.statusOf(name))?.routers ?? [];
    return routers.length > 0 && routers.every(({ state }) => state === 'master');
  };
  const comesToRule = async (name: DirectorName): Promise<void> => {
    assert.ok(await until(() => rules(name), patience), `${name} does not rule`);
    // Whom the last one was about to answer when it lost its mastership is still there to be counted.
    await sleep(1000);
  };

  const handovers = extent(20, 2);
  it(`${handovers} handovers there and back fail no request`, async function () {
    this.timeout(2 * handovers * patience);
    const begin = Date.now();
    for (let turn = 0; turn < handovers; turn += 1) {
      await lab.ask('lb0', 'POST', '/v1/handover');
      await comesToRule('lb1');
      await lab.ask('lb0', 'POST', '/v1/resume');
      await comesToRule('lb0');
    }
    const { failed, text } = await count(begin);
    console.log(`      ${text}`);
    assert.equal(failed, 0, text);
  });
});
