// The watch for a split brain: what it says, and to whom, when a verdict begins and ends.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../../../../base/units.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import type { Peers } from '../../../../controller/peers/peers.ts';
import type { Heartbeat } from '../../../../controller/split-brain/heartbeat.ts';
import { watchSplitBrain } from '../../../../controller/split-brain/split-brain.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';
import { busyStatus } from '../control/busy-status.ts';

const [example] = busyStatus().routers;
if (example === undefined) throw new Error('unreachable');

const configOf = (reaction: string) => {
  const read = parseConfig(
    `director: lb0
vrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.1/32], advertisement_interval: 100ms }] }
peers: { listen: "10.0.0.1:8550", key_file: /k, directors: ["10.0.0.2:8550"] }
split_brain: { reaction: ${reaction} }
`,
    'f',
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config;
};

describe('the watch for a split brain', () => {
  it('says once that a verdict begins and ends, to the log and to those who are notified', async () => {
    const config = configOf('report');
    const said: Heartbeat[] = [];
    const logged: string[] = [];
    const notices: string[] = [];
    let theirs: 'master' | 'backup' = 'master';
    const peers = {
      say: (heartbeat: Heartbeat) => said.push(heartbeat),
      evidence: () => [
        {
          name: 'lb1',
          askedAt: monotonic(),
          heartbeat: { standings: [{ key: '51 192.0.2.1', state: theirs, priority: 150 }] },
        },
      ],
    } as unknown as Peers;
    const router: RouterStatus = {
      ...example,
      name: 'vip',
      virtualRouterId: 51,
      addresses: ['192.0.2.1/32'],
      state: 'master',
      rivals: [],
    };
    const watch = watchSplitBrain({
      current: () => config,
      peers: () => peers,
      routers: () => [router],
      isAnswering: () => true,
      // A process that is adopted may still be restrained by an earlier configuration.
      onRestraints: () => assert.deepEqual(watch.restraints(), []),
      onSurvivor: (name) => void notices.push(`${name} survives`),
      notify: ({ router: name, state }) => void notices.push(`${name} ${state}`),
      log: (level, { event }, message) => void logged.push(`${level} ${event} ${message}`),
    });
    watch.look();
    await sleep(400);
    watch.look();
    watch.look();
    assert.deepEqual(
      said.at(-1)?.standings.map(({ key, state }) => `${key} ${state}`),
      ['51 192.0.2.1 master'],
    );
    assert.deepEqual(
      watch.status().verdicts.map(({ verdict }) => verdict),
      ['peer-unheard'],
    );
    theirs = 'backup';
    watch.look();
    watch.look();
    assert.deepEqual(watch.status().verdicts, []);
    assert.deepEqual(notices, ['vip peer-unheard', 'vip ended', 'vip survives']);
    assert.equal(logged.length, 2);
    assert.match(logged[0] ?? '', /^warn split-brain-verdict split brain, peer-unheard: lb1 \(priority 150\)/);
    assert.match(logged[1] ?? '', /^info split-brain-verdict peer-unheard is over, after /);
    watch.section.close();
  });

  it('says nothing of a vrrp process that does not answer', () => {
    const said: Heartbeat[] = [];
    const peers = { say: (heartbeat: Heartbeat) => said.push(heartbeat), evidence: () => [] } as unknown as Peers;
    const config = configOf('report');
    const watch = watchSplitBrain({
      current: () => config,
      peers: () => peers,
      routers: () => [example],
      isAnswering: () => false,
      onRestraints: () => undefined,
      onSurvivor: () => undefined,
      notify: () => undefined,
      log: () => undefined,
    });
    watch.look();
    assert.deepEqual(said, [{ standings: [] }]);
    watch.section.close();
  });
});
