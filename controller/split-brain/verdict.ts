// The verdict on a split brain, by name, and what follows: evidence of this host, its peers' heartbeats and the witness in;
// findings, and limits of routers, out. Pure.

import { elapsed, type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { SplitBrainConfig } from '../../config/model/model.ts';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';
import type { RouterRestraint } from '../../vrrp/messages.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import { type Heartbeat, keyOf, type Standing } from './heartbeat.ts';
import type { Witnessed } from './witness-state.ts';

export const verdictNames = ['peer-unheard', 'two-holders', 'isolated', 'client-side-lost'] as const;

/**
 * `peer-unheard`: a peer is alive and master, but its advertisements are lost. `two-holders`: another host is master beside this
 * one. `isolated`: neither a peer nor the witness answers. `client-side-lost`: the witness answers a peer, but not this host.
 */
export type VerdictName = (typeof verdictNames)[number];

/** A peer by its latest heartbeat. */
export type PeerEvidence = {
  readonly name: string;
  /** When the request was sent that it answered last; absent while it has answered none. */
  readonly askedAt?: Instant;
  readonly heartbeat?: Heartbeat;
};

export type Evidence = {
  readonly routers: readonly RouterStatus[];
  /** The names of a router's sync group, itself included. */
  readonly groupOf: (router: string) => readonly string[];
  readonly intervalOf: (router: string) => Milliseconds;
  readonly peers: readonly PeerEvidence[];
  readonly witness?: Witnessed;
};

export type Finding = {
  readonly router: string;
  readonly verdict: VerdictName;
  readonly text: string;
  readonly since: Instant;
};

type Remembered = {
  readonly masterSince?: Instant;
  /** Advertisements that it had accepted when it was last master, or when its finding began. */
  readonly received: number;
  /** A peer was master beside it. */
  readonly hadRival?: true;
  /** It has given way, because the clients' side was lost. */
  readonly gaveWay?: true;
  readonly finding?: Finding;
};

export type Memory = {
  readonly startedAt: Instant;
  readonly routers: ReadonlyMap<string, Remembered>;
  /** Since when each peer that answers has answered without a gap. */
  readonly presentSince: ReadonlyMap<string, Instant>;
};

export type Judgement = {
  readonly memory: Memory;
  readonly findings: readonly Finding[];
  /** Absent while the peers may still answer for the first time. */
  readonly restraints?: readonly RouterRestraint[];
  /** Routers that have outlasted a rival. */
  readonly survivors: readonly string[];
};

export const begin = (now: Instant): Memory => ({ startedAt: now, routers: new Map(), presentSince: new Map() });

/** A peer that answers every second counts as away after this. */
export const aliveFor = milliseconds(2500);
/** All directors notice within this that the witness has failed: if one alone misses it for longer, that director has lost it. */
const confirmAfter = milliseconds(1500);
/** A takeover's packet takes this long at most through the processes of a busy host. */
const slack = 200;

type PresentPeer = {
  readonly name: string;
  readonly askedAt: Instant;
  readonly heartbeat: Heartbeat;
  readonly standings: ReadonlyMap<string, Standing>;
};

const presentOf = (peers: readonly PeerEvidence[], now: Instant): PresentPeer[] =>
  peers.flatMap(({ name, askedAt, heartbeat }) =>
    askedAt !== undefined && heartbeat !== undefined && elapsed(askedAt, now) <= aliveFor
      ? [{ name, askedAt, heartbeat, standings: new Map(heartbeat.standings.map((one) => [one.key, one])) }]
      : [],
  );

const canHold = (standing: Standing | undefined): boolean =>
  standing !== undefined && standing.state !== 'initialize' && standing.state !== 'leaving' && !standing.restrained;

/** RFC 9568 6.4.3, over the heartbeat. */
const ranksAbove = (peer: Standing, own: RouterStatus): boolean => {
  if (peer.priority !== own.priority) return peer.priority > own.priority;
  const [one, other] = [peer.source, own.source].map((source) => source && bytesOf(source as IpAddress));
  return one !== undefined && other !== undefined && one !== '' && other !== '' && Buffer.compare(one, other) > 0;
};

/** Whether it would be master, but for a restraint or its sync group. */
const isKept = ({ withheld, stuck }: RouterStatus): boolean => withheld === true || stuck === true;

/** The network of one router of a group is lost, at this host or at the master: a witness tells at which. */
const groupHint = (heardBy: readonly string[]): string =>
  heardBy.length === 0 ? '' : `; ${heardBy.join(', ')} of its sync group hears it, so that none of them takes over`;

const named = ({ name }: PresentPeer, { priority }: Standing): string => `${name} (priority ${priority})`;

/** Judges all routers of this director. */
export const judgeSplitBrain = (
  before: Memory,
  evidence: Evidence,
  reaction: SplitBrainConfig['reaction'],
  now: Instant,
): Judgement => {
  const { routers, groupOf, intervalOf, peers, witness } = evidence;
  const present = presentOf(peers, now);
  const hasPatience = elapsed(before.startedAt, now) < aliveFor && present.length < peers.length;
  const isLost = witness?.state === 'lost';
  const isIsolated = isLost && !hasPatience && peers.length > 0 && present.length === 0;
  const byName = new Map(routers.map((router) => [router.name, router]));
  const keys = new Map(routers.map((router) => [router.name, keyOf(router)]));
  const standingOn = ({ standings }: PresentPeer, { name }: RouterStatus): Standing | undefined =>
    standings.get(keys.get(name) ?? '');
  const groupMates = (name: string): RouterStatus[] => groupOf(name).flatMap((mate) => byName.get(mate) ?? []);

  const matesThatHear = ({ name }: RouterStatus, holder: [PresentPeer, Standing] | undefined): string[] =>
    groupMates(name).flatMap((mate) =>
      holder !== undefined && mate.state === 'backup' && standingOn(holder[0], mate)?.state === 'master'
        ? [mate.name]
        : [],
    );
  /** A peer that the clients reach, and that could hold a router with its whole group. */
  const successors = (name: string): PresentPeer[] =>
    present.filter((peer) => groupMates(name).every((mate) => canHold(standingOn(peer, mate))));
  const clientSideSuccessor = (name: string, gaveWay: boolean): PresentPeer | undefined => {
    if (!isLost || witness === undefined) return undefined;
    return successors(name).find(
      ({ askedAt, heartbeat }) =>
        gaveWay || (heartbeat.witness === 'answers' && elapsed(witness.since, askedAt) >= confirmAfter),
    );
  };
  /** Peers that are master of a router, for longer than a takeover takes where this one is master too. */
  const holdersOf = (router: RouterStatus, masterSince: Instant | undefined): [PresentPeer, Standing][] =>
    present.flatMap((peer) => {
      const standing = standingOn(peer, router);
      const isSure = masterSince === undefined || elapsed(masterSince, peer.askedAt) >= intervalOf(router.name) + slack;
      return standing?.state === 'master' && isSure ? [[peer, standing] as [PresentPeer, Standing]] : [];
    });
  /** A group that two directors hold is given up as a whole: its first router that both hold decides, the same on both. */
  const givesWayTo = (name: string, memory: Memory): [PresentPeer, Standing] | undefined => {
    const place = ({ name: mate }: RouterStatus): string => keys.get(mate) ?? '';
    const mates = groupMates(name).sort((one, other) => (place(one) < place(other) ? -1 : 1));
    const contested = mates.flatMap((mate) => {
      const { masterSince } = memory.routers.get(mate.name) ?? {};
      return masterSince === undefined ? [] : [{ mate, holders: holdersOf(mate, masterSince) }];
    });
    const first = contested.find(({ holders }) => holders.length > 0);
    return first?.holders.find(([peer, standing]) => {
      const isWorse = witness?.state === 'answers' && peer.heartbeat.witness === 'lost';
      return !isWorse && ranksAbove(standing, first.mate);
    });
  };

  const presentSince = new Map(present.map(({ name }) => [name, before.presentSince.get(name) ?? now]));
  /** A peer that is back may be heard again in its next advertisement. */
  const isBack = ({ name }: PresentPeer, router: RouterStatus): boolean =>
    elapsed(presentSince.get(name) ?? now, now) >= intervalOf(router.name) + slack;

  const noted: Memory = {
    ...before,
    presentSince,
    routers: new Map(
      routers.map((router): [string, Remembered] => {
        const { masterSince = now, received = router.received, ...rest } = before.routers.get(router.name) ?? {};
        return [
          router.name,
          router.state === 'master'
            ? { ...rest, masterSince, received: router.received }
            : { ...rest, received: isKept(router) ? router.received : received },
        ];
      }),
    ),
  };

  const isContested = routers.some((router) => {
    const { masterSince } = noted.routers.get(router.name) ?? {};
    return masterSince !== undefined && holdersOf(router, masterSince).length > 0;
  });
  const judged = routers.map((router) => {
    const { name } = router;
    const known = noted.routers.get(name) ?? { received: router.received };
    const isMaster = router.state === 'master';
    const holders = holdersOf(router, known.masterSince);
    const [holder] = holders;
    const successor = clientSideSuccessor(name, known.gaveWay === true);
    const winner = isMaster && isContested ? givesWayTo(name, noted) : undefined;
    const isAwaiting =
      !isMaster && holders.some(([peer]) => !(witness?.state === 'answers' && peer.heartbeat.witness === 'lost'));
    const wasUnheard = known.finding?.verdict === 'peer-unheard' || known.finding?.verdict === 'two-holders';
    const isUnheard =
      holder !== undefined &&
      !isMaster &&
      (router.withheld === true ||
        (router.stuck === true && isBack(holder[0], router)) ||
        (wasUnheard && router.received === known.received));
    const heardBy = router.stuck ? matesThatHear(router, holder) : [];
    const acts = reaction !== 'report';
    const find = (): { readonly verdict: VerdictName; readonly text: string } | undefined => {
      if (isIsolated) return { verdict: 'isolated', text: 'no peer answers, and the witness does not' };
      if (successor !== undefined)
        return {
          verdict: 'client-side-lost',
          text: `the witness does not answer this host, and ${successor.name} can be master`,
        };
      if (isMaster && router.rivals.length > 0)
        return {
          verdict: 'two-holders',
          text: holder
            ? `${named(...holder)} is master too`
            : 'another host is master too, and no peer says that it is',
        };
      if (holder !== undefined && (isMaster || isUnheard)) {
        const both = isMaster ? ' too' : '';
        return {
          verdict: 'peer-unheard',
          text: `${named(...holder)} is alive and master${both}, but its advertisements are not heard${groupHint(heardBy)}`,
        };
      }
      return undefined;
    };
    const restrain = (): Omit<RouterRestraint, 'router'> | undefined => {
      if (!acts) return undefined;
      if (isIsolated)
        return reaction === 'yield'
          ? { kind: 'yield', reason: 'this host is isolated: neither its peers nor the witness answer' }
          : { kind: 'await', reason: 'this host is isolated: neither its peers nor the witness answer' };
      if (successor !== undefined)
        return { kind: 'yield', reason: `the witness does not answer this host, and ${successor.name} can be master` };
      if (winner !== undefined)
        return { kind: 'yield', reason: `${winner[0].name} is master too, and ranks above this router` };
      if (isAwaiting && holder !== undefined) return { kind: 'await', reason: `${holder[0].name} is alive and master` };
      return undefined;
    };
    const found = find();
    const finding = found && {
      router: name,
      ...found,
      since: known.finding?.verdict === found.verdict ? known.finding.since : now,
    };
    const isOutlasted =
      isMaster && known.hadRival === true && holders.length === 0 && present.some((peer) => standingOn(peer, router));
    const { finding: _, hadRival: __, gaveWay: ___, ...kept } = known;
    const remembered: Remembered = {
      ...kept,
      ...(isMaster && (holders.length > 0 || (known.hadRival && !isOutlasted)) && { hadRival: true as const }),
      ...(acts && successor !== undefined && { gaveWay: true as const }),
      ...(finding && { finding }),
    };
    return { name, finding, restraint: restrain(), remembered, isOutlasted };
  });

  /** A group moves together: a router that gives way takes the others with it. */
  const yielding = judged.filter(({ restraint }) => restraint?.kind === 'yield');
  const restraintOf = ({ name, restraint: own }: (typeof judged)[number]): RouterRestraint[] => {
    const mates = yielding.length === 0 ? [] : groupOf(name);
    const restraint = yielding.find((one) => mates.includes(one.name))?.restraint ?? own;
    return restraint === undefined ? [] : [{ router: name, ...restraint }];
  };

  return {
    memory: { ...noted, routers: new Map(judged.map(({ name, remembered }) => [name, remembered])) },
    findings: judged.flatMap(({ finding }) => finding ?? []),
    ...(!hasPatience && { restraints: judged.flatMap(restraintOf) }),
    survivors: judged.flatMap(({ name, isOutlasted }) => (isOutlasted ? [name] : [])),
  };
};
