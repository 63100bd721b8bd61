// Runs the virtual routers of one host: brings events to the pure core, and its actions to the ports.

import { isDeepStrictEqual } from 'node:util';
import type { RouterConfig, VrrpConfig } from '../config/model.ts';
import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../config/units.ts';
import { createAdvertiser } from './advertiser.ts';
import { announceOnEvidence, announceTakeover, nextAnnouncement, takeDue } from './announcement.ts';
import { createAnnouncer } from './announcer.ts';
import { cautionsOf } from './cautions.ts';
import { createClaims } from './claims.ts';
import type { Standing } from './desired.ts';
import {
  deadlineOf,
  farewellPriority,
  hasOverslept,
  holdsAddresses,
  type RouterEvent,
  type RouterState,
  type Self,
} from './election.ts';
import { createHearing } from './hearing.ts';
import { createHoldings } from './holdings.ts';
import { type Estate, inherit } from './inheritance.ts';
import { createKeyring } from './keyring.ts';
import { countLateness } from './lateness.ts';
import { bequeath, type Legacy } from './legacy.ts';
import type { FromVrrp, InterfaceStatus, RouterStatus, TakeoverTimings, Will } from './messages.ts';
import { createPaths } from './paths.ts';
import type { Ports } from './ports.ts';
import { explain, newMasterReasonOf } from './reason.ts';
import { createRivals } from './rivals.ts';
import { createRouter, type Router, statusOf } from './router.ts';
import { createSpeech } from './speech.ts';
import { pauseOf } from './standstill.ts';
import { createStrays, type Strays } from './strays.ts';
import { type MemberAction, type SyncGroup, stepGroup, type Transition } from './sync-group.ts';
import { attend } from './tracking/attention.ts';
import type { ItemState } from './tracking/judgement.ts';
import { createVirtualMacs } from './virtual-macs.ts';
import { writeWill } from './will.ts';
import { createWires } from './wires.ts';

export type Routers = {
  readonly start: () => void;
  /** Interfaces or addresses of the host have changed. */
  readonly networkChanged: () => void;
  /** Routes or rules were removed that may have been ours. */
  readonly pathsChanged: () => void;
  /** A key file has changed. */
  readonly keysChanged: (path: string) => void;
  /** Takes what is seen of tracked items. */
  readonly track: (states: ReadonlyMap<string, ItemState>) => void;
  /** A BFD session has lost its peer: whoever listens to that master need not wait for its silence. */
  readonly peerLost: (session: string, address: string, spread: Milliseconds, reason: string) => void;
  /** Leaves every mastership, make-before-break; `done` when nothing is held any more. */
  readonly leave: (done: () => void) => void;
  /** Walks the way of a takeover without taking anything, so that a takeover does not meet code that was never run. */
  readonly rehearse: () => void;
  readonly status: () => readonly RouterStatus[];
  /** What came in and was for none of the routers. */
  readonly strays: () => readonly InterfaceStatus[];
  readonly will: () => Will;
  /** Has these routers, and all of their sync groups, leave mastership and take no part; all others take part again. */
  readonly standAside: (names: readonly string[]) => void;
  /** Keeps every router from preempting, for that reason; without one each does as it is configured. */
  readonly holdBack: (reason: string | undefined) => void;
  /** Gives peers a whole interval, and leaves mastership and addresses to the next process on this host. */
  readonly bequeath: () => Legacy;
  /** Ends here, and goes on with another configuration: no mastership that both name is lost. */
  readonly succeed: (next: VrrpConfig) => Routers;
  readonly close: () => void;
};

/** An event for a router. */
type Input = { readonly name: string; readonly event: RouterEvent; readonly lateness: Milliseconds };

/** What routers begin with: the estates of those before them, by name, and the names of those that stand aside. */
export type Beginning = {
  readonly heirs: ReadonlyMap<string, Estate>;
  readonly aside: readonly string[];
  readonly heldBack?: string | undefined;
  /** What is known of tracked items. */
  readonly known?: ReadonlyMap<string, ItemState>;
  readonly strays?: Strays;
};

const afresh: Beginning = { heirs: new Map(), aside: [] };

/** Makes the routers of a configuration; nothing happens before `start`. */
export const createRouters = (
  config: VrrpConfig,
  ports: Ports,
  tell: (message: FromVrrp) => void,
  beginning: Beginning = afresh,
): Routers => {
  const groupNameOf = (name: string): string =>
    config.groups.find((group) => group.routers.includes(name))?.name ?? `router ${name}`;
  const routers = new Map(
    config.routers.map((own) => [
      own.name,
      createRouter(own, groupNameOf(own.name), beginning.heirs.get(own.name)?.router),
    ]),
  );
  const withGroups = (names: readonly string[]): ReadonlySet<string> =>
    new Set(names.flatMap((name) => groupOf(name).map((router) => router.config.name)));
  const groupOf = (name: string): Router[] => {
    const group = routers.get(name)?.group;
    return [...routers.values()].filter((router) => router.group === group);
  };
  const groups = new Map<string, SyncGroup>();
  let callOff: (() => void) | undefined;
  let leaving: (() => void) | undefined;
  /** Names of the routers that stand aside by command. */
  let aside = withGroups(beginning.aside);
  let { heldBack } = beginning;
  const { strays = createStrays() } = beginning;
  let closed = false;
  /** Whether all routers are looked at, after which the timer is armed once. */
  let isFiring = false;
  /** Until when those bear with others who were due before, because this host has stood still. */
  let pausedUntil = Number.NEGATIVE_INFINITY as Instant;

  const {
    emit,
    summarize,
    flush: sayAll,
  } = createSpeech(tell, ports.wall, () => [
    { type: 'will', will: writeWill(standings(), wires.of) },
    { type: 'status', routers: status() },
  ]);

  const selfOf = (own: RouterConfig): Self => ({
    version: own.version,
    priority: attention.judgementOf(own.name).effective,
    interval: own.advertisementInterval,
    downAfter: own.downAfter,
    preempt: own.preempt,
    ...(own.preempt && heldBack !== undefined && { heldBack }),
    preemptDelay: own.preemptDelay,
    startDelay: own.startDelay,
    primaryAddress: wires.of(own)?.source ?? (own.family === 'ipv4' ? '0.0.0.0' : '::'),
  });

  const stateOf = ({ config: { name }, group }: Router): RouterState =>
    groups.get(group)?.get(name)?.state ?? { name: 'initialize' };

  const standings = (): Standing[] =>
    [...routers.values()].map((router) => ({ config: router.config, state: stateOf(router) }));

  const attention = attend({
    config,
    ports,
    known: beginning.known,
    emit,
    onPriorities: (before) => {
      for (const name of before.keys()) renewSelf(name);
      for (const [name, priority] of before) give(name, { type: 'priority', before: priority });
    },
    onFault: (name, reason) => give(name, { type: 'fault', reason }),
    onReady: (name) => takePart(name),
  });

  /** Tells the election what this host's router is like now. */
  const renewSelf = (name: string): void => {
    const router = routers.get(name);
    const members = groups.get(router?.group ?? '');
    const member = members?.get(name);
    if (router === undefined || members === undefined || member === undefined) return;
    groups.set(router.group, new Map([...members, [name, { ...member, self: selfOf(router.config) }]]));
  };

  /** Starts a router unless something forbids it. */
  const takePart = (name: string): void => {
    const router = routers.get(name);
    if (router === undefined || aside.has(name) || wires.of(router.config) === undefined) return;
    const obstacle = attention.obstacleOf(name);
    if (obstacle === undefined) give(name, { type: 'startup' });
    else if (stateOf(router).name === 'initialize') {
      router.reason = obstacle;
      emit({ type: 'warning', router: name, message: `does not start yet: ${obstacle}` });
    }
  };

  const announcer = createAnnouncer(config, ports, emit);
  const reannounce = (router: Router): void => {
    router.announcements = announceOnEvidence(router.announcements, ports.clock());
  };
  const rivals = createRivals({
    routers,
    ports,
    isMaster: (router) => stateOf(router).name === 'master',
    selfOf: (router) => selfOf(router.config),
    interfaceIndexOf: (router) => wires.of(router.config)?.link.index,
    emit,
    reannounce,
    probe: (router) => announcer.probe([router.config]),
  });
  const claims = createClaims({
    routers: config.routers,
    ports,
    placesOf: announcer.targetsOf,
    emit,
    onClaim: (name, claim) => {
      const router = routers.get(name);
      if (router === undefined || closed) return;
      rivals.claimed(router, claim);
      arm();
    },
  });
  const keyring = createKeyring(ports, emit);
  const holdings = createHoldings({
    routers: config.routers,
    ports,
    standings,
    emit,
    onRestored: (name) => {
      const router = routers.get(name);
      if (router === undefined || closed) return;
      reannounce(router);
      arm();
    },
  });
  const virtualMacs = createVirtualMacs({ routers: config.routers, ports, standings, emit });
  const paths = createPaths({ routers: config.routers, ports, standings, emit });
  const wires = createWires({
    config,
    ports,
    emit,
    refusalOf: ({ name }) => {
      const router = routers.get(name);
      return router && keyring.learn(router);
    },
    onPacket: (...packet) => receive(...packet),
    onAttached: (own) => {
      renewSelf(own.name);
      takePart(own.name);
    },
    onDetach: (own, reason) => give(own.name, { type: 'fault', reason }),
  });

  const advertise = createAdvertiser(ports, wires.of, emit);

  /**
   * Runs the actions of one step: addresses, then ARP for all of the group in one batch, then advertisements; these come first
   * where the election has them first.
   */
  const run = (actions: readonly MemberAction[], now: Instant): Omit<TakeoverTimings, 'timerLateness'> => {
    const isTransition = actions.some((action) => action.type === 'reconcile');
    const isAdvertising = actions.some((action) => action.type === 'advertise' && action.priority > 0);
    // Leases are renewed in the turn of an advertisement, before it is sent.
    if (isTransition) {
      // Routes go before the addresses; a takeover has none to remove, and must not wait for a look at them.
      if (!actions.some(({ type }) => type === 'announce')) paths.shed('transition');
      virtualMacs.raise();
      holdings.reconcile('transition');
    } else if (isAdvertising) holdings.renewIfDue(now);
    const toAddresses = elapsed(now, ports.clock());
    const advertising = actions.flatMap((action) => {
      const router = action.type === 'advertise' ? routers.get(action.router) : undefined;
      return action.type === 'advertise' && router !== undefined ? [{ router, priority: action.priority }] : [];
    });
    const announcing = actions.flatMap((action) =>
      action.type === 'announce' ? (routers.get(action.router) ?? []) : [],
    );
    const announce = (some: readonly Router[]): void => {
      if (!isTransition || some.length === 0) return;
      announcer.announce(
        some.map(({ config: own }) => own),
        'became master',
        true,
      );
    };
    const isAwaited = actions.find(({ type }) => type !== 'reconcile')?.type === 'advertise';
    if (isAwaited) {
      // A router after the other: whoever leaves gives each of them up when it hears of it.
      for (const { router, priority } of advertising) {
        advertise(router, priority);
        announce(announcing.filter((other) => other === router));
      }
    } else announce(announcing);
    const toAnnouncement = elapsed(now, ports.clock());
    for (const router of announcing) {
      router.announcements = isTransition
        ? takeDue(announceTakeover(now), now, router.config.announceEvery)[1]
        : announceOnEvidence(router.announcements, now);
    }
    if (!isAwaited) for (const { router, priority } of advertising) advertise(router, priority);
    const toAdvertisement = elapsed(now, ports.clock());
    if (isTransition) {
      paths.raise('transition');
      virtualMacs.lower();
    }
    return { toAddresses, toAnnouncement, toAdvertisement };
  };

  const give = (name: string, event: RouterEvent, lateness = milliseconds(0)): void =>
    giveAll([{ name, event, lateness }]);

  /** The one way of events to routers: all of them step, then the kernel is changed once. */
  const giveAll = (inputs: readonly Input[]): void => {
    const now = ports.clock();
    const latenessOf = new Map<string, Milliseconds>();
    const actions: MemberAction[] = [];
    const transitions: Transition[] = [];
    for (const { name, event, lateness } of inputs) {
      const router = routers.get(name);
      const group = groups.get(router?.group ?? '');
      if (router === undefined || group === undefined) continue;
      const result = stepGroup(group, name, event, now);
      groups.set(router.group, result.group);
      actions.push(...result.actions);
      transitions.push(...result.transitions);
      for (const transition of result.transitions) latenessOf.set(transition.router, lateness);
    }
    for (const { router: member, to } of transitions) {
      const changed = routers.get(member);
      if (changed === undefined || to.name === 'master') continue;
      changed.announcements = { due: [] };
      announcer.withdraw(changed.config);
    }
    const timings = run(actions, now);
    for (const transition of transitions) {
      const timerLateness = latenessOf.get(transition.router) ?? milliseconds(0);
      const member = routers.get(transition.router);
      if (member === undefined) continue;
      const reason = explain(transition, now);
      member.since = Date.now();
      member.reason = reason.text;
      const isTakeover = transition.to.name === 'master';
      if (transition.from.name === 'master') rivals.yielded(member, reason.text);
      if (isTakeover) {
        rivals.ruled(member);
        member.toMaster += 1;
        member.newMasterReason = newMasterReasonOf(reason);
        delete member.heard;
      }
      emit({
        type: 'transition',
        router: transition.router,
        from: transition.from.name,
        to: transition.to.name,
        reason,
        ...(isTakeover && { takeover: { ...timings, timerLateness } }),
      });
    }
    if (transitions.length > 0) summarize();
    finishLeaving();
    arm();
  };

  const receive = createHearing({
    routers,
    ports,
    isOwnSource: wires.isOwnSource,
    strays,
    emit,
    onHeard: (router, { source, advertisement: { priority, interval }, dialect }) => {
      const { name } = router.config;
      const wasMaster = stateOf(router).name === 'master';
      rivals.heard(router, source, { priority, interval });
      give(name, { type: 'advertisement', source, priority, interval });
      if (wasMaster || priority === farewellPriority) return;
      if (router.heard?.address !== source || router.heard.priority !== priority) {
        emit({ type: 'master-heard', router: name, master: source, priority, ...(dialect && { dialect }) });
      }
      router.heard = { address: source, priority, ...(dialect && { dialect }) };
    },
    onDropped: (...drop) => {
      rivals.dropped(...drop);
      arm();
    },
  });

  const finishLeaving = (): void => {
    if (leaving === undefined || standings().some(({ state }) => holdsAddresses(state))) return;
    const done = leaving;
    leaving = undefined;
    virtualMacs.clear();
    sayAll();
    done();
  };

  /** Arms the one timer, for whatever is due next. */
  const arm = (): void => {
    if (isFiring) return;
    callOff?.();
    callOff = undefined;
    if (closed) return;
    const list = [...routers.values()];
    const deadlines = list.flatMap((router) => dueOf(router) ?? []);
    const announcements = list.flatMap((router) => nextAnnouncement(router.announcements) ?? []);
    const release = announcer.nextRelease() ?? Number.POSITIVE_INFINITY;
    const next = Math.min(
      ...deadlines,
      ...announcements,
      release,
      attention.next() ?? Number.POSITIVE_INFINITY,
      rivals.next() ?? Number.POSITIVE_INFINITY,
    ) as Instant;
    if (!Number.isFinite(next)) return;
    // A takeover is what everybody waits for; it is also rare, since every advertisement that is heard puts it off.
    const isTakeover = list.some((router) => {
      const state = stateOf(router);
      return state.name === 'backup' && dueOf(router) === next;
    });
    callOff = ports.at(next, fire, isTakeover);
  };

  /** When a router wants to be given its timer: at its deadline, or after the pause that it is in. */
  const dueOf = (router: Router): Instant | undefined => {
    const state = stateOf(router);
    const deadline = deadlineOf(state);
    if (deadline === undefined || deadline > pausedUntil) return deadline;
    const now = ports.clock();
    return isPatient(router, state, now) ? pausedUntil : deadline;
  };

  /** Whether a pause is one for this router, too. */
  const isPatient = ({ config: own }: Router, state: RouterState, now: Instant): boolean =>
    state.name === 'backup' || (state.name === 'master' && hasOverslept(selfOf(own), state.lastSent, now));

  const fire = (stood: Milliseconds): void => {
    isFiring = true;
    try {
      fireAll(stood);
    } finally {
      isFiring = false;
    }
    arm();
  };

  const fireAll = (stood: Milliseconds): void => {
    attention.settle();
    rivals.settle();
    const successions: Input[] = [];
    let pauseUntil = pausedUntil;
    for (const router of routers.values()) {
      const now = ports.clock();
      const state = stateOf(router);
      const deadline = deadlineOf(state);
      if (deadline !== undefined && (dueOf(router) ?? Number.POSITIVE_INFINITY) <= now) {
        const lateness = elapsed(deadline, now);
        router.worstLateness = milliseconds(Math.max(router.worstLateness, lateness));
        if (state.name === 'master') countLateness(router.advertisementLateness, lateness);
        const { name } = router.config;
        const pause = deadline <= pausedUntil ? 0 : pauseOf(selfOf(router.config), state, now, stood);
        if (pause > 0) pauseUntil = Math.max(pauseUntil, later(now, milliseconds(pause))) as Instant;
        else if (state.name === 'leaving' && aside.has(name)) resumeWithoutSuccessor(router);
        else if (state.name === 'backup') successions.push({ name, event: { type: 'timer' }, lateness });
        else give(name, { type: 'timer' }, lateness);
      }
      const [isDue, announcements] = takeDue(router.announcements, now, router.config.announceEvery);
      if (isDue) {
        router.announcements = announcements;
        announcer.announce([router.config], 'as planned', false);
        announcer.probe([router.config]);
      }
    }
    if (successions.length > 0) giveAll(successions);
    pausedUntil = pauseUntil;
    announcer.flush();
  };

  /** To give the addresses up with nobody to take them would be an outage, not a handover. */
  const resumeWithoutSuccessor = ({ config: { name } }: Router): void => {
    const message = 'no successor has spoken: it rules on, and the handover is called off';
    const members = groupOf(name).map((member) => member.config.name);
    aside = new Set([...aside].filter((other) => !members.includes(other)));
    for (const member of members) emit({ type: 'handover-failed', router: member, message });
    for (const member of members) takePart(member);
  };

  /** A master that was changed shows it at once: peers learn its priority, neighbours its addresses. */
  const showChange = (router: Router): void => {
    const { config: own } = router;
    const before = beginning.heirs.get(own.name)?.router.config;
    if (stateOf(router).name !== 'master' || isDeepStrictEqual(before, own)) return;
    announcer.announce([own], 'was changed', true);
    advertise(router, selfOf(own).priority);
  };

  const status = (): RouterStatus[] =>
    [...routers.values()].map((router) => {
      const { config: own } = router;
      return statusOf(router, selfOf(own), stateOf(router), aside.has(own.name), wires.of(own)?.source, attention);
    });

  const warn = (): void => {
    const present = ports.addresses.list();
    for (const { config: own } of routers.values()) {
      const hasWeights = attention.trackedBy(own.name).some(({ weight = 0 }) => weight !== 0);
      for (const message of cautionsOf(own, selfOf(own), hasWeights, present))
        emit({ type: 'warning', router: own.name, message });
    }
  };

  const estates = (): Estate[] => [...routers.values()].map((router) => ({ router, state: stateOf(router) }));

  const close = (): void => {
    holdings.settle();
    sayAll();
    closed = true;
    callOff?.();
    wires.close();
    claims.close();
  };

  return {
    start: () => {
      for (const { config: own, group } of routers.values()) {
        const state = beginning.heirs.get(own.name)?.state ?? { name: 'initialize' as const };
        const member = { self: selfOf(own), state };
        groups.set(group, new Map([...(groups.get(group) ?? []), [own.name, member]]));
      }
      const occasion = beginning.heirs.size > 0 ? 'transition' : 'start';
      paths.shed(occasion);
      virtualMacs.raise();
      holdings.reconcile(occasion);
      paths.raise(occasion);
      virtualMacs.lower();
      warn();
      announcer.learnNetwork();
      claims.attach();
      attention.look();
      wires.attach();
      for (const router of routers.values()) {
        const { config: own } = router;
        const fault = wires.faultOf(own);
        if (fault === undefined) continue;
        router.reason = `waits in fault: ${fault}`;
        emit({ type: 'warning', router: own.name, message: router.reason });
        // An heir that cannot go on as it was.
        give(own.name, { type: 'fault', reason: fault });
      }
      for (const name of beginning.heirs.keys()) {
        const { faults } = attention.judgementOf(name);
        if (faults.length > 0) give(name, { type: 'fault', reason: faults.join('; ') });
      }
      for (const router of routers.values()) if (beginning.heirs.has(router.config.name)) showChange(router);
      tell({ type: 'will', will: writeWill(standings(), wires.of) });
      tell({ type: 'status', routers: status() });
      arm();
    },
    networkChanged: () => {
      if (closed) return;
      if (leaving === undefined) {
        announcer.learnNetwork();
        claims.attach();
        attention.look();
        wires.attach();
      }
      virtualMacs.raise();
      holdings.reconcile('repair');
      paths.raise('repair');
      arm();
    },
    pathsChanged: () => {
      if (!closed) paths.raise('repair');
    },
    keysChanged: (path) => {
      if (closed) return;
      keyring.relearn(routers.values(), path);
      if (leaving === undefined) wires.attach();
      arm();
    },
    track: (states) => {
      if (closed || leaving !== undefined) return;
      attention.report(states);
      arm();
    },
    peerLost: (session, address, spread, reason) => {
      for (const name of attention.watchersOf(session)) give(name, { type: 'peer-lost', address, spread, reason });
    },
    rehearse: () => {
      const now = ports.clock();
      const asMaster = config.routers.map((own) => ({
        config: own,
        state: { name: 'master' as const, deadline: now, lastSent: now },
      }));
      holdings.rehearse(asMaster);
      for (const own of config.routers) announcer.targetsOf(own);
      writeWill(asMaster, wires.of);
    },
    leave: (done) => {
      leaving = done;
      for (const name of routers.keys()) give(name, { type: 'shutdown' });
      finishLeaving();
    },
    status,
    strays: strays.status,
    will: () => writeWill(standings(), wires.of),
    standAside: (names) => {
      const wanted = withGroups(names);
      const before = aside;
      aside = wanted;
      for (const name of wanted) {
        if (!before.has(name)) give(name, { type: 'shutdown', reason: 'is handed over by command' });
      }
      for (const name of before) if (!wanted.has(name)) takePart(name);
      tell({ type: 'status', routers: status() });
    },
    holdBack: (reason) => {
      if (reason === heldBack) return;
      heldBack = reason;
      for (const name of routers.keys()) {
        renewSelf(name);
        give(name, { type: 'held-back' });
      }
      tell({ type: 'status', routers: status() });
    },
    bequeath: () => {
      holdings.reconcile('renewal');
      for (const name of routers.keys()) give(name, { type: 'bequest' });
      const legacy = bequeath(estates(), attention.known());
      close();
      return legacy;
    },
    succeed: (next) => {
      const inheritance = inherit(estates(), next.routers);
      for (const { router, state } of estates()) {
        const isExtinct = inheritance.extinct.includes(router.config.name);
        if (isExtinct && state.name === 'master') advertise(router, farewellPriority);
      }
      close();
      const successor = createRouters(next, ports, tell, {
        heirs: inheritance.heirs,
        aside: [...aside],
        heldBack,
        known: attention.known(),
        strays,
      });
      successor.start();
      return successor;
    },
    close,
  };
};
