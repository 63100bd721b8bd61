// BFD at its fastest, three packets of 10 ms, while every processor is occupied: it takes nobody for dead who is not, and a frozen master at once.

import assert from 'node:assert/strict';
import { occupyProcessors } from '../../bench/measure-steadiness.ts';
import { until } from '../netns/namespaces.ts';
import { closeHosts, type Host, openHosts, processesOf, signal, sleep, startDirector } from '../netns/vrrp/hosts.ts';
import { extent } from './extent.ts';

const seconds = extent(60, 4);
const session = (peer: string) => [{ name: 'peer', peer, min_tx: '10ms', min_rx: '10ms', multiplier: 3 }];

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
    const release = occupyProcessors();
    try {
      await sleep(seconds * 1000);
      for (const host of [master, backup]) assert.doesNotMatch(host.log(), /bfd peer is down/);
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
