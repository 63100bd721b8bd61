// Impairments of an interface on a real kernel: several at once, each taken back alone, and nothing of others is touched.

import assert from 'node:assert/strict';
import { dropFrames, emulate, type Script } from '../../../drill/faults/impairment.ts';
import { createNamespace, type Namespace } from '../../netns/namespaces.ts';

describe('impairments of an interface', function () {
  this.timeout(60_000);
  let host: Namespace;
  beforeEach(() => {
    host = createNamespace('impaired');
    host.run('ip', 'link', 'add', 'e0', 'type', 'veth', 'peer', 'name', 'e1');
  });
  afterEach(() => host.remove());

  const run = (script: string): string => host.run('sh', '-ec', script);
  const queues = (): string => run('tc qdisc show dev e0');
  const filters = (side: string): string => run(`tc filter show dev e0 ${side}`);
  const lossy = emulate('e0', { loss: 10 });
  const slow = emulate('e0', { delay: 40 });

  for (const [first, second, left] of [
    [lossy, slow, 'delay 40ms'],
    [slow, lossy, 'loss 10%'],
  ] as const)
    it(`lose and delay at once, then ${left} alone, then nothing`, () => {
      const before = queues();
      run(first.apply);
      run(second.apply);
      assert.match(queues(), /netem .*delay 40ms/);
      assert.match(queues(), /netem .*loss 10%/);
      run(first.undo);
      assert.match(queues(), new RegExp(`netem .*${left}`));
      run(second.undo);
      run(second.undo);
      assert.equal(queues(), before);
    });

  it('drop all and multicast at once, and leave no queueing discipline', () => {
    const before = queues();
    const all = dropFrames(['e0'], ['ingress'], 'all');
    const multicast = dropFrames(['e0'], ['ingress', 'egress'], 'multicast');
    run(multicast.apply);
    run(all.apply);
    run(multicast.undo);
    assert.match(filters('ingress'), /matchall/);
    assert.equal(filters('egress'), '');
    run(all.undo);
    assert.equal(queues(), before);
  });

  it('drop at several interfaces and sides from one moment on, and let all go', () => {
    const before = `${queues()}${run('tc qdisc show dev e1')}`;
    const cut = dropFrames(['e0', 'e1'], ['ingress', 'egress'], 'all');
    // One process does it all.
    assert.equal(cut.apply.match(/filter add/g)?.length, 4);
    assert.equal(cut.apply.match(/tc -batch/g)?.length, 1);
    run(cut.apply);
    for (const device of ['e0', 'e1'])
      for (const side of ['ingress', 'egress']) assert.match(run(`tc filter show dev ${device} ${side}`), /matchall/);
    // What is not there any more keeps nothing else from being taken back.
    run('tc filter del dev e0 ingress pref 49151');
    run(cut.undo);
    assert.equal(`${queues()}${run('tc qdisc show dev e1')}`, before);
  });

  const foreign: readonly (readonly [string, string, Script])[] = [
    ['a queueing discipline', 'tc qdisc add dev e0 root handle 1: tbf rate 1mbit burst 32kbit latency 400ms', slow],
    ['a netem', 'tc qdisc add dev e0 root netem delay 5ms', slow],
    [
      'a filter',
      'tc qdisc add dev e0 clsact; tc filter add dev e0 egress pref 7 matchall action ok',
      dropFrames(['e0'], ['egress'], 'all'),
    ],
  ];
  for (const [what, make, { apply, undo }] of foreign)
    it(`leave ${what} of the operator`, () => {
      run(make);
      const before = `${queues()}${filters('egress')}`;
      if (what === 'a filter') run(apply);
      else assert.throws(() => run(apply), /'?e0'? has a queueing discipline of its own, which would be lost/);
      run(undo);
      assert.equal(`${queues()}${filters('egress')}`, before);
    });
});
