// Watches for other masters beside this host's own: by advertisements that a master hears, accepted or dropped, and by
// claims of its addresses on the link. Evidence begins a split brain, and its silence ends it.

import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { farewellPriority, masterDownInterval, outranks, type Self } from '../election/election.ts';
import { describeRival, type VrrpEventBody } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { DropReason } from '../protocol/drop-reason.ts';
import type { Advertisement } from '../protocol/packet.ts';
import type { Router } from '../router.ts';
import {
  describeSpan,
  dismiss,
  type Evidence,
  expire,
  hasClaims,
  isNews,
  nextExpiry,
  noRivalry,
  rivalOf,
  rivalsOf,
  see,
} from './rivalry.ts';

/** A packet on the link that says that an address is at a MAC. */
export type Claim = {
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly mac: string;
};

export type Rivals = {
  /** An accepted advertisement, before the election handles it. */
  readonly heard: (
    router: Router,
    source: IpAddress,
    advertisement: Pick<Advertisement, 'priority' | 'interval'>,
  ) => void;
  /** A dropped packet. */
  readonly dropped: (router: Router, source: IpAddress, reason: DropReason, payload: Uint8Array) => void;
  /** A claim counts once it is repeated: a peer that preempts announces the addresses before it advertises. */
  readonly claimed: (router: Router, claim: Claim) => void;
  readonly ruled: (router: Router) => void;
  /** The router is no longer master, so its split brain is over. */
  readonly yielded: (router: Router, reason: string) => void;
  /** Does what is due: forgets silent rivals, and probes again for rivals that claim an address. */
  readonly settle: () => void;
  readonly next: () => Instant | undefined;
};

type RivalsOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'wall' | 'neighbours' | 'askNeighbour'>;
  readonly isMaster: (router: Router) => boolean;
  readonly selfOf: (router: Router) => Self;
  /** The index of its interface, while it is attached. */
  readonly interfaceIndexOf: (router: Router) => number | undefined;
  readonly emit: (event: VrrpEventBody) => void;
  /** Announces the router's addresses again, since neighbours may have been misled. */
  readonly reannounce: (router: Router) => void;
  /** Probes on the link for other holders of the router's addresses. */
  readonly probe: (router: Router) => void;
};

/** Drop reasons of packets that still show a master: of this virtual router, whole, and from the link. */
const telling: ReadonlySet<DropReason> = new Set([
  'owner',
  'version',
  'interval',
  'address-list',
  'authentication-type',
  'authentication-password',
  'authentication-missing',
  'authentication-unexpected',
  'authentication-key',
  'authentication-failed',
] as const);

/** A claim is probed for this often, and counts as gone after three probes in a row without an answer. */
const probeEvery = milliseconds(2000);
const claimPatience = milliseconds(3.5 * probeEvery);

/** Most suspicions remembered, since they come from the network. */
const mostSuspicions = 64;

/** How long a list is reused: a resumed peer is a rival of many routers at once, and the kernel takes milliseconds to list. */
const neighboursAge = milliseconds(100);

const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

/** Milliseconds for the packet of a takeover to arrive, and for a busy host to act on it. */
const slack = 100;

export const createRivals = (options: RivalsOptions): Rivals => {
  const { routers, ports, isMaster, selfOf, interfaceIndexOf, emit, reannounce, probe } = options;

  /** How long two masters may coexist in normal operation: until the next advertisement is heard. */
  const overlapOf = ({ config }: Router, interval = config.advertisementInterval): Milliseconds =>
    milliseconds(Math.max(config.advertisementInterval, interval) + slack);

  /** A master that was just replaced may advertise once more before it hears of that (RFC 9568 6.4.3). */
  const isEstablished = (router: Router, interval?: Milliseconds): boolean =>
    router.masterSince !== undefined && elapsed(router.masterSince, ports.clock()) > overlapOf(router, interval);

  let listed: { readonly at: Instant; readonly neighbours: ReturnType<Ports['neighbours']> } | undefined;
  const listNeighbours = (): ReturnType<Ports['neighbours']> => {
    const now = ports.clock();
    if (listed === undefined || elapsed(listed.at, now) >= neighboursAge) {
      listed = { at: now, neighbours: ports.neighbours() };
    }
    return listed.neighbours;
  };

  const withNeighbours = (evidence: Evidence, interfaceIndex: number): Evidence => {
    const known = listNeighbours().filter((entry) => entry.interfaceIndex === interfaceIndex);
    if (evidence.source !== undefined) {
      const mac = known.find(({ address }) => address === evidence.source)?.mac;
      if (mac !== undefined) return { ...evidence, mac };
      // A multicast sender need not be resolved yet; once it is, its next advertisement shows its MAC.
      ports.askNeighbour(evidence.source, interfaceIndex);
      return evidence;
    }
    const neighbours = known.flatMap(({ mac, address }) => (mac === evidence.mac ? [address] : []));
    return { ...evidence, neighbours };
  };

  const admit = (
    router: Router,
    evidence: Evidence,
    patience: Milliseconds,
    interfaceIndex = interfaceIndexOf(router),
  ): void => {
    const isNew = isNews(router.rivalry, evidence);
    const isFirst = router.rivalry.size === 0;
    const isVague = rivalOf(router.rivalry, evidence)?.mac === undefined && interfaceIndex !== undefined;
    const whole = isNew || isVague ? withNeighbours(evidence, interfaceIndex ?? 0) : evidence;
    router.rivalry = see(router.rivalry, whole, patience, ports.clock(), ports.wall());
    if (!isNew) return;
    if (isFirst) router.splitBrains += 1;
    emit({
      type: 'split-brain',
      router: router.config.name,
      phase: isFirst ? 'begun' : 'widened',
      rivals: rivalsOf(router.rivalry),
      text: describeRival(whole),
    });
    reannounce(router);
  };

  const end = (router: Router, why: string): void => {
    const { rivalry, config } = router;
    if (rivalry.size === 0) return;
    router.rivalry = noRivalry;
    router.suspicions.clear();
    delete router.probeAt;
    const rules = isMaster(router);
    const text = `${why}, after ${describeSpan(rivalry, ports.clock())}${rules ? '; the addresses are announced again' : ''}`;
    emit({ type: 'split-brain', router: config.name, phase: 'ended', rivals: rivalsOf(rivalry), text });
    if (rules) reannounce(router);
  };

  const patienceWith = (router: Router, interval: Milliseconds): Milliseconds =>
    masterDownInterval({ ...selfOf(router), priority: 1 }, milliseconds(Math.max(interval, 1)));

  return {
    heard: (router, source, { priority, interval }) => {
      if (!isMaster(router) || !isEstablished(router, interval)) return;
      const evidence: Evidence = { interface: router.config.interface, source, priority };
      if (priority !== farewellPriority) {
        // This router yields to a peer that outranks it: most often that peer preempts, and there never were two masters.
        if (!outranks({ address: source, priority }, selfOf(router)))
          admit(router, evidence, patienceWith(router, interval));
        return;
      }
      // Only a master sends a farewell, and this router is master too.
      admit(router, evidence, patienceWith(router, interval));
      const others = dismiss(router.rivalry, source);
      if (others.size === 0) end(router, `${source} has given way`);
      else router.rivalry = others;
    },
    dropped: (router, source, reason, payload) => {
      const interval = router.config.advertisementInterval;
      const priority = payload[2] ?? farewellPriority;
      if (!telling.has(reason) || priority === farewellPriority) return;
      if (!isMaster(router) || !isEstablished(router, interval)) return;
      const evidence: Evidence = { interface: router.config.interface, source, priority, dropped: reason };
      admit(router, evidence, patienceWith(router, interval));
    },
    claimed: (router, { interfaceIndex, ...claim }) => {
      if (!isMaster(router) || !isEstablished(router)) return;
      const now = ports.clock();
      const key = `${claim.address} ${claim.mac}`;
      const suspectedAt = router.suspicions.get(key);
      if (suspectedAt === undefined) {
        if (router.suspicions.size < mostSuspicions) router.suspicions.set(key, now);
        router.probeAt ??= later(now, overlapOf(router));
      } else if (elapsed(suspectedAt, now) >= overlapOf(router)) {
        admit(router, claim, claimPatience, interfaceIndex);
        // Claims mislead neighbours, so announces again; ever more rarely, since two masters that answer each other flood them.
        if (isPowerOfTwo(rivalOf(router.rivalry, claim)?.count ?? 0)) reannounce(router);
      }
    },
    ruled: (router) => {
      router.masterSince = ports.clock();
    },
    yielded: (router, reason) => {
      end(router, `this router is master no longer (${reason})`);
      router.suspicions.clear();
      delete router.masterSince;
      delete router.probeAt;
    },
    settle: () => {
      const now = ports.clock();
      for (const router of routers.values()) {
        const rivalry = expire(router.rivalry, now);
        if (rivalry.size === 0 && router.rivalry.size > 0) end(router, 'no other master is to be seen any more');
        else router.rivalry = rivalry;
        if (router.probeAt === undefined || router.probeAt > now) continue;
        for (const [key, at] of router.suspicions) if (elapsed(at, now) > claimPatience) router.suspicions.delete(key);
        router.probeAt = later(now, probeEvery);
        if (hasClaims(router.rivalry) || router.suspicions.size > 0) probe(router);
        else delete router.probeAt;
      }
    },
    next: () => {
      const instants = [...routers.values()].flatMap(({ rivalry, probeAt }) => [
        nextExpiry(rivalry) ?? [],
        probeAt ?? [],
      ]);
      const times = instants.flat();
      return times.length === 0 ? undefined : (Math.min(...times) as Instant);
    },
  };
};
