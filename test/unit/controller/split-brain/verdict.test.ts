// The verdict on a split brain: each by its name, with what follows, and without flapping.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { Standing } from '../../../../controller/split-brain/heartbeat.ts';
import {
  begin,
  type Evidence,
  type Judgement,
  judgeSplitBrain,
  type Memory,
  type PeerEvidence,
} from '../../../../controller/split-brain/verdict.ts';
import type { WitnessState } from '../../../../controller/split-brain/witness-state.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';
import { busyStatus } from '../control/busy-status.ts';

const [example] = busyStatus().routers;
if (example === undefined) throw new Error('unreachable');

type Own = Partial<
  Pick<RouterStatus, 'name' | 'state' | 'priority' | 'received' | 'withheld' | 'stuck' | 'rivals' | 'source'>
>;
const own = (state: RouterStatus['state'], changes: Own = {}): RouterStatus => ({
  ...example,
  name: 'vip',
  virtualRouterId: 51,
  addresses: ['192.168.55.100/32'],
  priority: 100,
  received: 7,
  rivals: [],
  state,
  ...changes,
});
const theirs = (state: Standing['state'], changes: Partial<Standing> = {}): Standing => ({
  key: '51 192.168.55.100',
  state,
  priority: 150,
  ...changes,
});
type Peer = { readonly standings?: readonly Standing[]; readonly witness?: WitnessState; readonly ago?: number };
type Look = {
  readonly routers?: readonly RouterStatus[];
  readonly peer?: Peer;
  readonly witness?: readonly [WitnessState, since: number];
};

/** Judges a course of looks, each at its moment in milliseconds; heartbeats are fresh where nothing else is said. */
const course = (
  reaction: 'report' | 'yield' | 'hold',
  looks: readonly (readonly [at: number, look: Look])[],
): Judgement[] => {
  let memory: Memory = begin(0 as Instant);
  return looks.map(([at, { routers = [own('backup')], peer, witness }]) => {
    const now = at as Instant;
    const peers: PeerEvidence[] = [
      peer === undefined
        ? { name: 'lb1' }
        : {
            name: 'lb1',
            askedAt: (at - (peer.ago ?? 100)) as Instant,
            heartbeat: { standings: peer.standings ?? [], ...(peer.witness && { witness: peer.witness }) },
          },
    ];
    const evidence: Evidence = {
      routers,
      groupOf: () => routers.map(({ name }) => name),
      intervalOf: () => milliseconds(1000),
      peers,
      ...(witness && { witness: { state: witness[0], since: witness[1] as Instant, contrary: 0 } }),
    };
    const judged = judgeSplitBrain(memory, evidence, reaction, now);
    memory = judged.memory;
    return judged;
  });
};
const verdicts = (judged: Judgement | undefined) => judged?.findings.map(({ verdict }) => verdict);
const kinds = (judged: Judgement | undefined) => judged?.restraints?.map(({ router, kind }) => `${router} ${kind}`);
const master: Peer = { standings: [theirs('master')], witness: 'answers' };
const backup: Peer = { standings: [theirs('backup')], witness: 'answers' };
const fine = ['answers', 0] as const;

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

  describe('on a group of which one router does not hear the master, since its network is cut off at either end', () => {
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
