// The verdict on a split brain of a sync group: its routers move together, or stay.

import assert from 'node:assert/strict';
import type { Standing } from '../../../../controller/split-brain/heartbeat.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';
import { course, fine, kinds, master, own, type Peer, theirs, verdicts } from './verdict-course.ts';

describe('the verdict on a split brain of a group', () => {
  describe('whose one network is cut off at either end', () => {
    const gateway = { ...own('backup', { name: 'gateway' }), virtualRouterId: 52 };
    const both = [theirs('master'), theirs('master', { key: '52 192.168.55.100' })];
    const judge = (reaction: 'report' | 'hold', looks: readonly (Peer & { readonly routers: RouterStatus[] })[]) =>
      course(
        reaction,
        looks.map(({ routers, ...peer }, index) => [5000 + index * 1000, { routers, peer, witness: fine }] as const),
      );
    const unheard = [own('candidate', { stuck: true }), gateway];
    const alive = { standings: both, witness: 'answers' } as const;

    it('is peer-unheard whatever follows, says which router hears it, and ends once all do', () => {
      for (const reaction of ['report', 'hold'] as const) {
        const all = judge(reaction, [
          { ...alive, routers: [own('backup', { received: 5 }), gateway] },
          { ...alive, routers: [own('candidate'), gateway] },
          { ...alive, routers: unheard },
          { ...alive, routers: [own('backup'), gateway] },
          { ...alive, routers: [own('backup', { received: 8 }), gateway] },
        ]);
        assert.deepEqual(all.map(verdicts), [[], [], ['peer-unheard'], ['peer-unheard'], []]);
        assert.match(
          all[2]?.findings[0]?.text ?? '',
          /are not heard; gateway of its sync group hears it, so that none/,
        );
      }
    });

    it('waits for the next advertisement of a peer that is back', () => {
      const look = { routers: unheard, peer: alive, witness: fine };
      const all = course('report', [
        [4000, look],
        [8000, { routers: unheard, witness: fine }],
        [9000, look],
        [10_100, look],
        [10_300, look],
      ]);
      assert.deepEqual(all.map(verdicts), [[], [], [], [], ['peer-unheard']]);
    });

    it('names no other router where none of them hears it', () => {
      const mates = [own('candidate', { stuck: true }), { ...gateway, state: 'candidate' as const }];
      const [, , judged] = judge(
        'report',
        [1, 2, 3].map(() => ({ ...alive, routers: mates })),
      );
      assert.match(judged?.findings[0]?.text ?? '', /are not heard$/);
    });

    it('lets it take over all of them where the master has lost the witness, which gives them up', () => {
      const [here] = judge('hold', [{ standings: both, witness: 'lost', routers: unheard }]);
      assert.deepEqual(kinds(here), []);
      const standings = [theirs('candidate', { priority: 100 }), theirs('backup', { key: '52 192.168.55.100' })];
      const look = {
        routers: [own('master'), { ...gateway, state: 'master' as const }],
        peer: { standings, witness: 'answers' } as const,
      };
      const [there] = course('hold', [[9000, { ...look, witness: ['lost', 5000] }]]);
      assert.deepEqual(
        [verdicts(there), kinds(there)],
        [
          ['client-side-lost', 'client-side-lost'],
          ['vip yield', 'gateway yield'],
        ],
      );
    });
  });

  it('lets a group move as a whole, by its first router', () => {
    const pair = (one: number, other: number) => [
      own('master', { priority: one }),
      { ...own('master', { name: 'gateway', priority: other }), virtualRouterId: 52 },
    ];
    const both = [theirs('master'), theirs('master', { key: '52 192.168.55.100' })];
    const kindsOf = (routers: readonly RouterStatus[]) => {
      const look = { routers, peer: { ...master, standings: both }, witness: fine };
      return kinds(
        course('yield', [
          [5000, look],
          [9000, look],
        ])[1],
      );
    };
    assert.deepEqual(kindsOf(pair(100, 200)), ['vip yield', 'gateway yield']);
    assert.deepEqual(kindsOf(pair(200, 100)), []);
  });

  it('keeps a master whose peer cannot hold the group', () => {
    const routers = [own('master')];
    for (const standing of [theirs('initialize'), theirs('backup', { restrained: true })]) {
      const peer: Peer = { standings: [standing], witness: 'answers' };
      assert.deepEqual(kinds(course('yield', [[9000, { routers, peer, witness: ['lost', 5000] }]])[0]), []);
    }
  });

  it('keeps a group whose peer cannot hold each of its routers', () => {
    const gateway = { ...own('master', { name: 'gateway' }), virtualRouterId: 52 };
    const kindsWith = (state: Standing['state']) => {
      const standings = [theirs('backup'), theirs(state, { key: '52 192.168.55.100' })];
      const look = { routers: [own('master'), gateway], peer: { standings, witness: 'answers' } as const };
      return kinds(course('yield', [[9000, { ...look, witness: ['lost', 5000] }]])[0]);
    };
    assert.deepEqual(kindsWith('initialize'), []);
    assert.deepEqual(kindsWith('backup'), ['vip yield', 'gateway yield']);
  });

  it('takes a router with its group that is not master yet', () => {
    const gateway = { ...own('backup', { name: 'gateway' }), virtualRouterId: 52 };
    const look = { routers: [own('master'), gateway], peer: master, witness: fine };
    assert.deepEqual(
      kinds(
        course('yield', [
          [5000, look],
          [9000, look],
        ])[1],
      ),
      ['vip yield', 'gateway yield'],
    );
  });
});
