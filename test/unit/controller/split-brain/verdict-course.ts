// Courses of looks at a pair, each with what its routers, its peer and its witness say, and the verdicts on them.

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

export type Own = Partial<
  Pick<RouterStatus, 'name' | 'state' | 'priority' | 'received' | 'withheld' | 'stuck' | 'rivals' | 'source'>
>;
export const own = (state: RouterStatus['state'], changes: Own = {}): RouterStatus => ({
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
export const theirs = (state: Standing['state'], changes: Partial<Standing> = {}): Standing => ({
  key: '51 192.168.55.100',
  state,
  priority: 150,
  ...changes,
});
export type Peer = { readonly standings?: readonly Standing[]; readonly witness?: WitnessState; readonly ago?: number };
type Look = {
  readonly routers?: readonly RouterStatus[];
  readonly peer?: Peer;
  readonly witness?: readonly [WitnessState, since: number];
};

/** Judges a course of looks, each at its moment in milliseconds; heartbeats are fresh where nothing else is said. */
export const course = (
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
export const verdicts = (judged: Judgement | undefined) => judged?.findings.map(({ verdict }) => verdict);
export const kinds = (judged: Judgement | undefined) =>
  judged?.restraints?.map(({ router, kind }) => `${router} ${kind}`);
export const master: Peer = { standings: [theirs('master')], witness: 'answers' };
export const backup: Peer = { standings: [theirs('backup')], witness: 'answers' };
export const fine = ['answers', 0] as const;
