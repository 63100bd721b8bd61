// Reloads under traffic: what was known of servers stays known, and flows of datagrams drain.

import assert from 'node:assert/strict';
import { sleep } from '../../netns/vrrp/hosts.ts';
import { configuration, drain, hosts, playTraffic, server } from './reload-traffic.ts';
import { patience } from './running-director.ts';

describe('a reload under traffic', function () {
  this.timeout(2 * patience);
  const { ask, reload, servers, log, onRealServers } = playTraffic();

  it('of a check leaves quorum and servers alone, and tells nobody', async () => {
    const before = log().length;
    await reload(configuration({ keys: 'quorum: 2' }));
    await reload(configuration({ keys: 'quorum: 2' }).replaceAll('interval: 200ms', 'interval: 5s'));
    assert.ok((await servers()).every(({ health, weight }) => health === 'up' && weight === 1));
    await sleep(1000);
    const said = log()
      .slice(before)
      .map(({ message }) => message);
    assert.ok(!said.some((message) => /quorum: weight|drains|unknown ->/.test(message)), said.join('\n'));
  });

  it('lets a server that was removed and comes back begin unknown', async () => {
    await reload(configuration({ servers: [server(0)] }));
    await sleep(drain + 1000);
    onRealServers('ip', 'address', 'del', `${hosts[1]}/24`, 'dev', 'enp0s8');
    try {
      await reload(configuration());
      const end = performance.now() + 1500;
      while (performance.now() < end) {
        const [, back] = await servers();
        assert.ok((back?.weight ?? 0) === 0, JSON.stringify(back));
        await sleep(50);
      }
    } finally {
      onRealServers('ip', 'address', 'add', `${hosts[1]}/24`, 'dev', 'enp0s8');
    }
  });

  it('lets a flow of datagrams drain', async () => {
    await ask('ask');
    await sleep(500);
    const [own, ...others] = (await ask('flow')) as string[];
    assert.deepEqual(others, []);
    const index = hosts.indexOf(own as (typeof hosts)[number]);
    await reload(configuration({}, [1 - index]));
    await sleep(drain / 2);
    assert.deepEqual(await ask('flow'), [own]);
    await sleep(drain + 1000);
    await ask('flow');
    await sleep(300);
    assert.deepEqual(await ask('flow'), [hosts[1 - index]]);
    await ask('rest');
  });
});
