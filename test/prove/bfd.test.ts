// BFD at its fastest, three packets of 10 ms, while every processor is occupied: no living peer is taken for dead, except where its
// processor stood still, and a frozen master is seen at once.

import assert from 'node:assert/strict';
import { occupyProcessors } from '../../bench/measure-steadiness.ts';
import { type Standstill, watchStandstills } from '../../bench/standstills.ts';
import { until } from '../netns/namespaces.ts';
import { closeHosts, type Host, openHosts, processesOf, signal, sleep, startDirector } from '../netns/vrrp/hosts.ts';
import { extent } from './extent.ts';

const seconds = extent(60, 4);
const session = (peer: string) => [{ name: 'peer', peer, min_tx: '10ms', min_rx: '10ms', multiplier: 3 }];

/** When the session went down, in milliseconds of wall time. */
const lossesOf = (host: Host): readonly number[] =>
  host
    .log()
    .split('\n')
    .filter((line) => line.includes('"bfd peer is down'))
    .map((line) => (JSON.parse(line) as { readonly event: { readonly at: number } }).event.at);

/** A processor that runs nothing for two intervals keeps even the highest priority from sending in time. */
const isCaused = (at: number, standstills: readonly Standstill[]): boolean =>
  standstills.some(({ from, to }) => to - from >= 20 && at >= from && at <= to + 100);

describe('BFD of 3 x 10 ms on busy processors', () => {
  let master: Host;
  let backup: Host;
  before(() => {
    [master, backup] = openHosts();
  });
  after(closeHosts.bind(undefined, undefined));

  it(`holds for ${seconds} s, and has a frozen master replaced long before its advertisements are missed`, async () => {
    startDirector(master, 150, { track: [{ bfd: 'peer' }] }, { bfd: session('192.168.55.12') });
    startDirector(backup, 100, { track: [{ bfd: 'peer' }] }, { bfd: session('192.168.55.11') });
    await until('the master rules', () => master.holds(), 20_000);
    await until('the session is up', () => backup.log().includes('bfd peer is up'), 20_000);
    await until('the backup listens', () => backup.log().includes('the master is 192.168.55.11'), 20_000);
    const watch = await watchStandstills();
    const release = occupyProcessors();
    try {
      await sleep(seconds * 1000);
      const losses = [master, backup].flatMap(lossesOf);
      await sleep(100);
      const standstills = await watch.end();
      assert.deepEqual(
        losses.filter((at) => !isCaused(at, standstills)),
        [],
      );
      const stateNow = () =>
        backup
          .log()
          .match(/"bfd peer is (?:up|down)/g)
          ?.at(-1);
      await until('the session is up', () => stateNow()?.endsWith('up') === true, 20_000);
      const frozen = performance.now();
      for (const pid of processesOf(master.directory)) signal(pid, 'SIGSTOP');
      await until('the backup holds the address', () => backup.holds(), 5000);
      const span = Math.round(performance.now() - frozen);
      // Its advertisements, every second, would be missed after 3.6 s.
      assert.ok(span < 1000, `${span} ms`);
    } finally {
      release();
      for (const pid of processesOf(master.directory)) signal(pid, 'SIGCONT');
    }
  });
});
