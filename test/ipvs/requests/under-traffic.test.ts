// The master is reloaded, restarted, handed over, and loses its processes while the client makes new connections all the time:
// no request fails.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dump, load } from 'js-yaml';
import { until } from '../../../lab/drill.ts';
import { tally } from '../../../lab/outage.ts';
import type { DirectorName } from '../../../lab/topology.ts';
import { extent } from '../../prove/extent.ts';
import { type BusyLab, openBusyLab, type Part, patience } from './busy-lab.ts';

type Server = { readonly name: string; readonly address: string; readonly weight: number };
type Document = { readonly virtual_services: { real_servers: Server[] }[] };

/** An emulated processor drowns in that: it opens some ten connections in a second beside all else. */
const perSecond = readFileSync('/proc/cpuinfo', 'utf8').includes('TCG') ? 10 : 200;
const answerDelay = 30;
/** Until a request is given up, in milliseconds: clients give up the SYN of an outage of this length, and no answer takes as long. */
const timeout = 10_000;

const newcomer: Server = { name: 'rs2', address: '192.168.66.113:80', weight: 100 };
const isLong = extent(1, 0) === 1;

describe(`under ${perSecond} new connections a second to servers that answer after ${answerDelay} ms`, function () {
  let lab: BusyLab;
  this.timeout(patience);

  before(async function () {
    this.timeout(4 * patience);
    lab = await openBusyLab(answerDelay, { every: 1000 / perSecond, timeout });
  });
  after(async function () {
    if (!this.test?.parent?.tests.every(({ state }) => state === 'passed')) console.error(lab?.lines.join('\n'));
    await lab?.close();
  });

  /** Tells of the requests since a moment. */
  const count = async (begin: number): Promise<{ failed: number; text: string; unheld: number }> => {
    const end = Date.now();
    const requests = await lab.prober.between(begin, end);
    const { made, failed, errors } = tally(requests);
    const slowest = Math.round(requests.reduce((longest, { duration }) => Math.max(longest, duration), 0));
    const rate = Math.round((made * 1000) / (end - begin));
    const text = `${failed} of ${made} requests failed, ${rate} a second, the slowest took ${slowest} ms ${JSON.stringify(errors)}`;
    return { failed, text, unheld: errors.EHOSTUNREACH ?? 0 };
  };

  /** Since when lb0 has thought of the two real servers as it does. */
  const verdictsSince = async (): Promise<string[] | undefined> =>
    (await lab.statusOf('lb0'))?.services[0]?.servers
      .filter(({ name }) => name !== newcomer.name)
      .map(({ name, health, since }) => `${name} ${health} ${since}`);

  /** Since when lb0 rules, once it says so: a busy machine may keep one answer waiting. */
  const ruledSince = async (): Promise<string | undefined> => {
    let since: string | undefined;
    const isTold = async (): Promise<boolean> => {
      since = await lab.masterSince('lb0');
      return since !== undefined;
    };
    await until(isTold, patience);
    return since;
  };

  /** The weights change, and a server is added that is not there; by the next reload it is gone again. */
  const reload = async (turn: number): Promise<void> => {
    const document = load(readFileSync(lab.file, 'utf8')) as Document;
    for (const service of document.virtual_services) {
      const known = service.real_servers.filter(({ name }) => name !== newcomer.name);
      service.real_servers = known.map((server) => ({ ...server, weight: turn % 2 === 0 ? 90 : 100 }));
      if (turn % 2 === 0) service.real_servers.push(newcomer);
    }
    writeFileSync(lab.file, dump(document));
    const before = await verdictsSince();
    await lab.ask('lb0', 'POST', '/v1/reload');
    assert.deepEqual(await verdictsSince(), before);
  };
  /** @returns the process that was there. */
  const signal = (part: Part, name: NodeJS.Signals): number => {
    const pid = lab.pidOf(part);
    assert.ok(pid !== undefined, `there is no ${part}`);
    process.kill(pid, name);
    return pid;
  };
  const restart = async (turn: number): Promise<void> => {
    signal('controller', turn % 2 === 0 ? 'SIGUSR2' : 'SIGKILL');
    assert.ok(await until(() => lab.pidOf('controller') === undefined, patience, 20), 'the controller does not end');
    await lab.startController();
    assert.ok((await ruledSince()) !== undefined, 'no next controller');
  };
  for (const { what, times, act } of [
    { what: 'reloads', times: extent(100, 6), act: reload },
    { what: 'restarts, every other by SIGKILL', times: extent(100, 2), act: restart },
  ])
    it(`${times} ${what} fail no request`, async function () {
      this.timeout(times * patience);
      const since = await ruledSince();
      assert.ok(since !== undefined);
      const begin = Date.now();
      for (let turn = 0; turn < times; turn += 1) await act(turn);
      await sleep(500);
      const { failed, text } = await count(begin);
      console.log(`      ${text}`);
      assert.equal(failed, 0, text);
      assert.equal(await ruledSince(), since, 'the routers were not master all the time');
    });

  const rules = async (name: DirectorName): Promise<boolean> => (await lab.masterSince(name)) !== undefined;
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

  it('a stop and a start of the director fail no request', async function () {
    this.timeout(4 * patience);
    const begin = Date.now();
    signal('controller', 'SIGTERM');
    assert.ok(await until(() => lab.pidOf('controller') === undefined, patience), 'the director does not stop');
    await comesToRule('lb1');
    await lab.startController();
    await comesToRule('lb0');
    const { failed, text } = await count(begin);
    console.log(`      ${text}`);
    assert.equal(failed, 0, text);
  });

  const eachOf: readonly (readonly [Part, NodeJS.Signals])[] = [
    ['vrrp', 'SIGKILL'],
    ['vrrp', 'SIGSTOP'],
    ...(isLong
      ? ([
          ['healthcheck', 'SIGKILL'],
          ['healthcheck', 'SIGSTOP'],
        ] as const)
      : []),
  ];
  // What a master that is lost did not answer is sent again by TCP, to one that knows of it; only who asks for the address by
  // ARP again and again while nobody holds it is told so. A killed one leaves no such while: lb0 says farewell in its name.
  for (const [part, name] of eachOf)
    it(`${name} of ${part} fails no request of a client with patience`, async function () {
      this.timeout(3 * patience);
      const begin = Date.now();
      const pid = signal(part, name);
      const isReplaced = (): boolean => ![pid, undefined].includes(lab.pidOf(part));
      assert.ok(await until(isReplaced, patience), `there is no other ${part}`);
      await comesToRule('lb0');
      const { failed, unheld, text } = await count(begin);
      console.log(`      ${text}`);
      assert.equal(failed - (name === 'SIGSTOP' ? unheld : 0), 0, text);
    });
});
