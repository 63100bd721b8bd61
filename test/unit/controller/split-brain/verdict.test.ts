// The verdict on a split brain: each by its name, with what follows, and without flapping.

import assert from 'node:assert/strict';
import type { Standing } from '../../../../controller/split-brain/heartbeat.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';
import { backup, course, fine, kinds, master, type Own, own, type Peer, theirs, verdicts } from './verdict-course.ts';

describe('the verdict on a split brain', () => {
  it('says nothing while the master is heard, and would not let a silent one be succeeded', () => {
    const [judged] = course('hold', [[5000, { peer: master, witness: fine }]]);
    assert.deepEqual([verdicts(judged), kinds(judged)], [[], ['vip await']]);
  });

  it('is peer-unheard on a backup that was kept from taking over, until the master is heard again', () => {
    const routers = [own('backup', { withheld: true })];
    const heard = [own('backup', { received: 8 })];
    const all = course('yield', [
      [5000, { peer: master, witness: fine, routers }],
      [6000, { peer: master, witness: fine }],
      [7000, { peer: master, witness: fine, routers: heard }],
    ]);
    assert.deepEqual(all.map(verdicts), [['peer-unheard'], ['peer-unheard'], []]);
  });

  it('is peer-unheard on two masters that hear nothing of each other, once a takeover would be over', () => {
    const routers = [own('master')];
    const all = course('yield', [
      [5000, { peer: master, witness: fine, routers }],
      [6200, { peer: master, witness: fine, routers }],
      [6400, { peer: master, witness: fine, routers }],
    ]);
    assert.deepEqual(all.map(verdicts), [[], [], ['peer-unheard']]);
    assert.deepEqual(all.map(kinds), [[], [], ['vip yield']]);
  });

  it('lets the higher priority stay, by the address where they are equal', () => {
    const held = (changes: Own, other: Partial<Standing>) => {
      const look = {
        routers: [own('master', changes)],
        peer: { ...master, standings: [theirs('master', other)] },
        witness: fine,
      };
      return kinds(
        course('hold', [
          [5000, look],
          [9000, look],
        ])[1],
      );
    };
    assert.deepEqual(held({ priority: 200 }, {}), []);
    const [low, high] = ['192.168.55.11', '192.168.55.12'] as const;
    const at = (source: string) => ({ priority: 150, source }) as Own;
    assert.deepEqual(held(at(low), { source: high }), ['vip yield']);
    assert.deepEqual(held(at(high), { source: low }), []);
  });

  it('is two-holders where another master is heard, even if no peer says that it is', () => {
    const rivals = [{ interface: 'enp0s9', firstSeen: 0, lastSeen: 0, count: 1 }];
    const routers = [own('master', { rivals })];
    const [judged] = course('yield', [[5000, { peer: backup, witness: fine, routers }]]);
    assert.deepEqual([verdicts(judged), kinds(judged)], [['two-holders'], []]);
  });

  it('names the one that outlasted the other, so that it announces anew', () => {
    const routers = [own('master', { priority: 200 })];
    const all = course('yield', [
      [5000, { peer: master, routers }],
      [9000, { peer: master, routers }],
      [10_000, { peer: backup, routers }],
      [11_000, { peer: backup, routers }],
    ]);
    assert.deepEqual(
      all.map(({ survivors }) => survivors),
      [[], [], ['vip'], []],
    );
  });

  it('is isolated where neither peers nor witness answer: yield gives the addresses up, hold keeps what there is', () => {
    const look = (state: RouterStatus['state']) => ({ routers: [own(state)], witness: ['lost', 3000] as const });
    const judge = (reaction: 'report' | 'yield' | 'hold', state: RouterStatus['state']) => {
      const [judged] = course(reaction, [[9000, look(state)]]);
      return [verdicts(judged), kinds(judged)];
    };
    assert.deepEqual(judge('report', 'master'), [['isolated'], []]);
    assert.deepEqual(judge('yield', 'master'), [['isolated'], ['vip yield']]);
    assert.deepEqual(judge('hold', 'master'), [['isolated'], ['vip await']]);
    assert.deepEqual(judge('hold', 'backup'), [['isolated'], ['vip await']]);
  });

  it('restrains nothing without a peer while the witness answers: the peer is dead', () => {
    for (const reaction of ['yield', 'hold'] as const) {
      const [judged] = course(reaction, [[9000, { witness: fine }]]);
      assert.deepEqual([verdicts(judged), kinds(judged)], [[], []]);
    }
  });

  it('takes a heartbeat for as long as the next may be late', () => {
    const all = course('hold', [
      [9000, { peer: { ...master, ago: 2500 }, witness: fine }],
      [9000, { peer: { ...master, ago: 2501 }, witness: fine }],
    ]);
    assert.deepEqual(all.map(kinds), [['vip await'], []]);
  });

  it('is client-side-lost once the peer must have noticed a common loss, and not before', () => {
    const routers = [own('master', { priority: 200 })];
    const look = { routers, peer: backup, witness: ['lost', 5000] as const };
    const all = course('hold', [
      [6500, look],
      [6700, look],
    ]);
    assert.deepEqual(all.map(verdicts), [[], ['client-side-lost']]);
    assert.deepEqual(all.map(kinds), [[], ['vip yield']]);
  });

  it('does not flap where both lose the witness, in whatever order', () => {
    const lost: Peer = { standings: [theirs('backup')], witness: 'lost' };
    const routers = [own('master', { priority: 200 })];
    const together = course('yield', [[9000, { routers, peer: lost, witness: ['lost', 5000] }]]);
    assert.deepEqual(kinds(together[0]), []);
    const later = course('yield', [
      [9000, { routers, peer: backup, witness: ['lost', 5000] }],
      [10_000, { peer: { ...lost, standings: [theirs('master')] }, witness: ['lost', 5000] }],
      [20_000, { peer: { ...lost, standings: [theirs('master')] }, witness: ['lost', 5000] }],
      [21_000, { peer: { ...lost, standings: [theirs('initialize')] }, witness: ['lost', 5000] }],
    ]);
    assert.deepEqual(later.map(kinds), [['vip yield'], ['vip yield'], ['vip yield'], []]);
  });

  it('does not give way to a higher priority that has lost the clients', () => {
    const look = { routers: [own('master')], peer: { ...master, witness: 'lost' } as const, witness: fine };
    const judged = course('yield', [
      [5000, look],
      [9000, look],
    ])[1];
    assert.deepEqual([verdicts(judged), kinds(judged)], [['peer-unheard'], []]);
  });

  it('lets a backup succeed a master that has lost the clients', () => {
    const peer: Peer = { ...master, witness: 'lost' };
    assert.deepEqual(kinds(course('hold', [[9000, { peer, witness: fine }]])[0]), []);
  });

  it('has no opinion while peers may still answer for the first time', () =>
    assert.equal(course('hold', [[1000, { witness: fine }]])[0]?.restraints, undefined));

  it('restrains nothing where it only reports', () => {
    const routers = [own('master')];
    const look = { routers, peer: master, witness: ['lost', 0] as const };
    assert.deepEqual(
      kinds(
        course('report', [
          [5000, look],
          [9000, look],
        ])[1],
      ),
      [],
    );
  });
});
