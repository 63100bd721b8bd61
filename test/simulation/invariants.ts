// The rules that hold in every world, each as docs/guarantees.md states it. The first that is broken ends the run.

import type { VrrpEvent } from '../../vrrp/events.ts';
import { boundsOf } from './bounds.ts';
import { createHoldingRules } from './holding-rules.ts';
import type { Machine } from './machine.ts';
import { createNeighbourRules } from './neighbour-rules.ts';
import type { Observer } from './observer.ts';
import type { Setting } from './scenario.ts';
import type { Seen } from './seen.ts';
import { linksOf } from './settings.ts';
import { createSuccessionRules } from './succession-rules.ts';
import type { Time } from './time.ts';

export type Invariants = Observer & {
  /** A fault begins or ends: what came before is judged. @param isGentle costs no moment without a holder */
  readonly disturb: (isGentle: boolean) => void;
  /** Looks who has the addresses now. */
  readonly look: () => void;
  /** The wire does not carry all packets. */
  readonly breakWire: (by: 1 | -1) => void;
  /** A machine has lost its power. */
  readonly lost: (machine: Machine) => void;
  /** A link has no carrier. @returns call it once it has one again */
  readonly unplugged: (machine: Machine, link: number) => () => void;
  readonly failure: () => string | undefined;
  readonly watch: (directors: readonly Seen[]) => void;
  readonly changes: () => number;
};

/** More advertisements than these in an interval are a storm. */
const mostAdvertisements = 12;

type Beat = { since: number; count: number };

export const createInvariants = (setting: Setting, time: Time, tell: (line: string) => void): Invariants => {
  const bounds = boundsOf(setting);
  const virtual = linksOf(setting).map((link) => link.virtual);
  let directors: readonly Seen[] = [];
  let failure: string | undefined;
  let disturbedAt = 0;
  let stoppedAt = Number.NEGATIVE_INFINITY;
  let pausedAt = Number.NEGATIVE_INFINITY;
  let wireFaults = 0;
  /** When the wire last was not whole. */
  let partedAt = Number.NEGATIVE_INFINITY;
  let holdersSince = 0;
  let holders: readonly (readonly Seen[])[] = virtual.map(() => []);
  let mayNotLack = false;
  let changes = 0;
  const states = new Map<Machine, Map<string, string>>();
  const dirty = new Set<Machine>();
  /** Masters that took over because nothing was heard. */
  const waited = new Set<Machine>();
  /** Machines that have advertised in this turn, and the address that they lacked. */
  const lacking = new Map<Machine, string>();
  const beats = new Map<string, Beat>();
  const backupSince = new Map<string, number>();
  const announcedAt = new Map<string, number>();
  const advertisedAt = new Map<string, number>();
  /** When a router first advertised since it was last no master. */
  const firstAdvertised = new Map<string, { readonly at: number; readonly wasAnnounced: boolean }>();

  const fail = (what: string): void => {
    if (failure !== undefined) return;
    failure = what;
    tell(`BROKEN: ${what}`);
    time.stop();
  };

  const holdingRules = createHoldingRules(setting, fail);

  const neighbourRules = createNeighbourRules(setting, fail);

  const isAnswering = ({ machine }: Seen, link: number): boolean =>
    machine.isOn && !machine.clock.isPaused() && machine.isUp(link) && machine.kernel.holds(virtual[link] ?? '');

  const isAway = (): boolean => virtual.some((_, link) => !directors.some((one) => isAnswering(one, link)));

  const namesOf = (some: readonly Seen[]): string => some.map(({ machine }) => machine.name).join(' and ') || 'no host';

  const isRunning = ({ machine, isAlive }: Seen): boolean => isAlive() && !machine.isStopped();

  const isLeaving = ({ machine }: Seen): boolean =>
    [...(states.get(machine)?.values() ?? [])].every((state) => state === 'leaving');

  const isRefused = (): boolean => directors.some(({ machine }) => machine.kernel.isRefusing || machine.slowness > 0);

  const successionRules = createSuccessionRules({
    setting,
    time,
    directors: () => directors,
    isLeaving: (machine, link) => states.get(machine)?.get(`r${link + 1}`) === 'leaving',
    isWhole: () => wireFaults === 0 && !isRefused(),
    fail,
  });

  /** Judges the time since the holders or the faults last changed. */
  const judgeSpan = (): void => {
    if (wireFaults > 0) return;
    const lasted = time.now() - Math.max(holdersSince, disturbedAt);
    for (const [link, some] of holders.entries()) {
      const address = virtual[link];
      const seconds = `${(lasted / 1000).toFixed(3)} s`;
      if (some.length > 1) {
        // A successor that waited for its master down interval finds a dead master's lease ended; one that preempts may not.
        const hasWaited = some.every((one) => !isRunning(one) || waited.has(one.machine));
        // A paused machine's leases stand still.
        const wasWhole = time.now() - Math.max(partedAt, pausedAt) > bounds.settling + bounds.lease;
        const ofLease = wasWhole && hasWaited ? bounds.leaseOverlap : bounds.lease;
        const ofRunning = some.every(isLeaving) ? bounds.leaving : bounds.overlap;
        const bound = some.every(isRunning) ? ofRunning : ofLease;
        if (lasted > bound) fail(`${namesOf(some)} had ${address} for ${seconds}, more than ${bound} ms`);
      }
      // A master whose kernel refuses the address is not succeeded: that is not promised.
      if (some.length === 0 && !isRefused() && directors.some((one) => one.isHealthy() && one.maySucceed())) {
        const bound = time.now() - stoppedAt < 3 * bounds.gapAfterStop ? bounds.gapAfterStop : bounds.gap;
        if (lasted > bound) fail(`no host had ${address} for ${seconds}, more than ${bound} ms`);
      }
    }
  };

  /** A status says what the kernel has, and knows of no trouble that is over. */
  const judgeStatus = (one: Seen): void => {
    const { machine } = one;
    for (const [link, router] of (one.regent?.status() ?? []).entries()) {
      const holds = machine.kernel.holds(virtual[link] ?? '');
      if (holds !== (router.state === 'master'))
        fail(`${machine.name} says ${router.state} and ${holds ? 'has' : 'lacks'} ${virtual[link]}`);
      const [rival] = router.rivals;
      if (rival !== undefined) fail(`${machine.name} sees another master, ${rival.source}, when all was calm`);
      if (router.missing !== undefined && machine.disk.refusals === 0)
        fail(`${machine.name} says that it lacks ${router.missing[0]?.what}`);
      if (one.isHealthy() && router.faults.length > 0) fail(`${machine.name} has a fault that is over`);
    }
    if (one.regent !== undefined) holdingRules.calm(one.regent);
  };

  /** Judges what a calm world has come to. */
  const judgeCalm = (): void => {
    if (wireFaults > 0 || time.now() - disturbedAt < bounds.settling) return;
    const healthy = directors.filter((one) => one.isHealthy());
    if (healthy.length === 0) return;
    if (isRefused()) return;
    for (const one of directors) if (isRunning(one)) judgeStatus(one);
    const ranks = healthy.map((one) => one.rank());
    const best = Math.max(...ranks.map((rank) => rank ?? 0));
    for (const [link, some] of holders.entries()) {
      const living = some.filter(isRunning);
      const [holder] = living;
      if (holder === undefined && !healthy.some((one) => one.maySucceed())) continue;
      if (living.length !== 1 || holder === undefined) {
        fail(`${namesOf(living)} had ${virtual[link]} when all was calm`);
      } else if (!healthy.includes(holder)) {
        fail(`${holder.machine.name} was master when all was calm, and should not be`);
      } else if (setting.preempt && !ranks.includes(undefined) && holder.rank() !== best) {
        fail(`${holder.machine.name} was master when all was calm, and is not the best`);
      } else neighbourRules.calm(holder.machine, link);
    }
  };

  const recount = (): void => {
    const now = virtual.map((_, link) => directors.filter((one) => isAnswering(one, link)));
    const isSame = now.every((some, link) => {
      const before = holders[link] ?? [];
      return some.length === before.length && some.every((one, index) => one === before[index]);
    });
    if (isSame) return;
    judgeSpan();
    holders = now;
    holdersSince = time.now();
    const bare = now.findIndex((some) => some.length === 0);
    if (bare >= 0 && mayNotLack && wireFaults === 0)
      fail(`no host had ${virtual[bare]}, although nothing but a planned change happened`);
  };

  /** A router has become master: nothing may have forbidden it. */
  const judgeRise = (machine: Machine, key: string, code: string): void => {
    const regent = directors.find((one) => one.machine === machine)?.regent;
    const restraint = regent?.restraint();
    if (restraint === 'yield') fail(`${machine.name} became master although it was to yield`);
    if (restraint === 'await' && code === 'no-advertisement')
      fail(`${machine.name} succeeded a master that may only be silent`);
    if (regent?.standsAside() === true && code !== 'resumed')
      fail(`${machine.name} became master although it stands aside`);
    const waitedFor = time.now() - (backupSince.get(key) ?? 0);
    const silence = time.now() - (advertisedAt.get(key) ?? 0);
    if (code === 'link-returned' && silence >= bounds.patience)
      fail(`${machine.name} went on as master after ${silence / 1000} s, when a peer could have succeeded it`);
    // Clocks drift by a thousandth.
    if (code === 'preempts' && waitedFor < 0.998 * setting.preemptDelay - 1)
      fail(`${machine.name} preempted after ${waitedFor / 1000} s, sooner than its delay`);
  };

  const note = (machine: Machine, event: Extract<VrrpEvent, { type: 'transition' }>): void => {
    const { router, from, to, reason } = event;
    changes += 1;
    // A router that has not heard a master waits by its own interval, which may be shorter than the master's.
    const isSure = reason.sinceLastAdvertisement !== undefined || setting.directors.every((one) => !one.interval);
    if (to === 'master' && reason.code === 'no-advertisement' && isSure) waited.add(machine);
    else waited.delete(machine);
    tell(`${machine.name} ${router}: ${from} -> ${to}: ${reason.text}`);
    neighbourRules.changed(machine, Number(router.slice(1)) - 1, from === 'master' && wireFaults > 0);
    const known = states.get(machine) ?? new Map<string, string>();
    states.set(machine, known.set(router, to));
    dirty.add(machine);
    // With its last advertisement it shows the winner that there were two masters.
    if (from === 'master') lacking.delete(machine);
    const key = `${machine.name} ${router}`;
    const first = firstAdvertised.get(key);
    const isAwaited = reason.code === 'farewell' || reason.code === 'preempts' || from === 'leaving';
    // A group announces together: of its members one may be awaited.
    if (to === 'master' && !isAwaited && !setting.isGroup && first?.wasAnnounced === false && first.at === time.now())
      fail(`${machine.name} advertised before it announced its addresses`);
    if (to !== 'master') firstAdvertised.delete(key);
    if (to === 'master') judgeRise(machine, key, reason.code);
    if (to === 'master') successionRules.rose(machine, Number(router.slice(1)) - 1, reason.code);
    // A former master resumes without waiting, and has learned no interval of its peers.
    if (from === 'initialize' || from === 'master') successionRules.listens(machine, Number(router.slice(1)) - 1);
    // A candidate whose group is not ready goes on waiting as before.
    if (to === 'backup' && from !== 'candidate') backupSince.set(key, time.now());
    const isHeldBack = directors.find((one) => one.machine === machine)?.rank() === undefined;
    if (to === 'master' && reason.code === 'preempts' && isHeldBack)
      fail(`${machine.name} preempted although it was held back`);
    if (wireFaults === 0 && time.now() - disturbedAt > bounds.settling)
      fail(`no event explains that ${machine.name} changed from ${from} to ${to}`);
  };

  /** A master that changes shows it at once. */
  const judgeShown = (machine: Machine, what: string): void => {
    for (const [router, state] of states.get(machine) ?? []) {
      // A process that was paused may hear of its configuration before it hears that its link has gone.
      const hasLink = machine.isUp(Number(router.slice(1)) - 1);
      const silence = time.now() - (advertisedAt.get(`${machine.name} ${router}`) ?? 0);
      // After such a pause a master first hears whether it was replaced.
      if (state === 'master' && hasLink && silence > 0 && silence < bounds.patience)
        fail(`${machine.name} ${what}, and did not advertise at once`);
    }
  };

  return {
    fail,
    failure: () => failure,
    changes: () => changes,
    watch: (some) => {
      directors = some;
    },
    disturb: (isGentle) => {
      judgeSpan();
      judgeCalm();
      const isCalm = wireFaults === 0 && time.now() - disturbedAt > bounds.settling;
      const isHealthy = directors.every((one) => one.isHealthy());
      const isWell = isCalm && isHealthy && holders.every((some) => some.length === 1);
      mayNotLack = isGentle && isWell;
      disturbedAt = time.now();
      successionRules.disturbed(isWell);
      if (directors.some(({ machine }) => machine.isStopped())) stoppedAt = time.now();
      if (directors.some(({ machine }) => machine.clock.isPaused())) pausedAt = time.now();
    },
    look: recount,
    happened: () => {
      judgeSpan();
      disturbedAt = time.now();
      mayNotLack = false;
    },
    began: (machine) => {
      states.delete(machine);
      for (const link of virtual.keys()) firstAdvertised.delete(`${machine.name} r${link + 1}`);
    },
    breakWire: (by) => {
      wireFaults += by;
      partedAt = time.now();
    },
    kernelChanged: recount,
    opened: (machine) => {
      holdingRules.opened(machine);
      successionRules.opened(machine);
    },
    willed: (machine) => {
      holdingRules.willed(machine);
      successionRules.willed(machine, isAway);
    },
    lost: (machine) => successionRules.lost(machine, isAway),
    unplugged: successionRules.unplugged,
    heard: successionRules.heard,
    replaced: (machine) => judgeShown(machine, 'left to its successor'),
    withdrawn: (machine, { address }) => holdingRules.withdrawn(machine, address),
    routed: holdingRules.routed,
    turned: (machine) => {
      holdingRules.turned(machine, (router) => ['master', 'leaving'].includes(states.get(machine)?.get(router) ?? ''));
      const lacked = lacking.get(machine);
      if (lacked !== undefined) fail(`${machine.name} advertised without ${lacked}`);
      const masters = [...(states.get(machine)?.values() ?? [])].filter((state) => state === 'master').length;
      const isToYield = directors.find((one) => one.machine === machine)?.regent?.restraint() === 'yield';
      if (isToYield && masters > 0) fail(`${machine.name} stayed master although it was to yield`);
      if (!dirty.delete(machine)) return;
      if (masters !== 0 && masters !== virtual.length) fail(`the sync group of ${machine.name} did not move together`);
    },
    expired: (machine, address) => {
      const one = directors.find((seen) => seen.machine === machine);
      tell(`${machine.name}: the lease of ${address} has ended`);
      if (one === undefined || !isRunning(one) || machine.slowness > 0 || machine.kernel.isRefusing) return;
      const router = `r${virtual.indexOf(address as (typeof virtual)[number]) + 1}`;
      const isMaster = states.get(machine)?.get(router) === 'master';
      const isPlain = virtual.some((some) => some === address);
      if (isMaster && isPlain && time.now() - Math.max(disturbedAt, stoppedAt) > bounds.settling)
        fail(`the lease of ${address} ended on ${machine.name}, which runs and is master`);
    },
    announced: (machine, address, mac) => {
      holdingRules.announced(machine, address, mac);
      neighbourRules.announced(machine, address);
      announcedAt.set(`${machine.name} ${address}`, time.now());
      if (machine.station.addresses.includes(address) || machine.kernel.isRefusing) return;
      if (!machine.kernel.holds(address) && time.now() - disturbedAt > 1500)
        fail(`${machine.name} announced ${address}, which it does not have`);
    },
    configured: (machine) => judgeShown(machine, 'is configured otherwise'),
    advertised: (machine, payload) => {
      const [, id = 0, priority = 0] = payload;
      const link = id - 51;
      const address = virtual[link] ?? '';
      const key = `${machine.name} r${link + 1}`;
      advertisedAt.set(key, time.now());
      const beat = beats.get(key);
      if (beat === undefined || time.now() - beat.since > setting.interval)
        beats.set(key, { since: time.now(), count: 1 });
      else {
        beat.count += 1;
        // A machine that was stopped answers all advertisements that waited for it.
        const mayAnswer = time.now() - stoppedAt < setting.interval;
        if (!mayAnswer && beat.count > mostAdvertisements * Math.max(1, setting.directors.length - 1))
          fail(`${machine.name} advertised ${beat.count} times within an interval`);
      }
      if (priority === 0) return;
      neighbourRules.advertised(machine, link);
      if (!firstAdvertised.has(key)) {
        const wasAnnounced = announcedAt.get(`${machine.name} ${address}`) === time.now();
        firstAdvertised.set(key, { at: time.now(), wasAnnounced });
      }
      if (machine.kernel.isRefusing || time.now() - disturbedAt <= 1500) return;
      if (!machine.kernel.holds(address)) lacking.set(machine, address);
    },
    noted: (machine, event) => {
      if (event.type === 'transition') note(machine, event);
      else if (event.type === 'handover-failed') tell(`${machine.name} ${event.router}: ${event.message}`);
      else if (event.type === 'split-brain' && event.phase !== 'ended')
        tell(`${machine.name} ${event.router}: ${event.text}`);
    },
  };
};
