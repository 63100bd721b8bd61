// Runs the virtual routers of one host: gives events to the pure core, and its actions to the ports.

import { isDeepStrictEqual } from 'node:util';
import { later, type Milliseconds, milliseconds } from '../base/units.ts';
import type { RouterConfig, VrrpConfig } from '../config/model/model.ts';
import { type IpAddress, unspecified } from '../net/ip-address.ts';
import { createAdvertiser } from './announce/advertiser.ts';
import { announceOnEvidence } from './announce/announcement.ts';
import { createAnnouncer } from './announce/announcer.ts';
import { cautionsOf } from './cautions.ts';
import { createClockwork, type Input } from './clockwork.ts';
import { farewellPriority, holdsAddresses, type RouterEvent, type Self } from './election/election.ts';
import { explain, newMasterReasonOf } from './election/reason.ts';
import type { MemberAction, Transition } from './election/sync-group.ts';
import { createGroups } from './groups.ts';
import { findPredecessors, type RouterSnapshot } from './handoff/configuration-handoff.ts';
import { type Handoff, handOff } from './handoff/process-handoff.ts';
import { createHoldings } from './holdings/addresses.ts';
import { writeLastWill } from './holdings/last-will.ts';
import { createRouting } from './holdings/routing.ts';
import { createVirtualMacs } from './holdings/virtual-macs.ts';
import type { FromVrrp, LastWill } from './messages.ts';
import { createOutgoingMessages } from './outgoing-messages.ts';
import { createPerformer } from './performer.ts';
import type { Ports } from './ports.ts';
import { createHearing } from './protocol/hearing.ts';
import { createKeyring } from './protocol/keyring.ts';
import { createStrays, type Strays } from './protocol/strays.ts';
import { createClaims } from './rivals/claims.ts';
import { createRivals } from './rivals/rivals.ts';
import { destinationsOf, encodeFrom, type Router, statusOf } from './router.ts';
import { createSockets } from './sockets.ts';
import type { InterfaceStatus, RouterStatus } from './status.ts';
import type { ItemState } from './tracking/judgement.ts';
import { createTracking } from './tracking/tracking.ts';

export type Routers = {
  readonly start: () => void;
  /** Interfaces or addresses of the host have changed. */
  readonly networkChanged: () => void;
  /** Routes or rules were removed, perhaps our own. */
  readonly routingChanged: () => void;
  /** A key file has changed. */
  readonly keysChanged: (path: string) => void;
  /** Takes new states of tracked items. */
  readonly track: (states: ReadonlyMap<string, ItemState>) => void;
  /** A BFD session has lost its peer: a backup of that master need not wait for the master down interval. */
  readonly peerLost: (session: string, address: IpAddress, spread: Milliseconds, reason: string) => void;
  /** Leaves every mastership, make-before-break; calls `done` when no address is held any more. */
  readonly leave: (done: () => void) => void;
  /** Retries what the kernel refused; runs a takeover's code without taking over, so that no takeover is the first to run it. */
  readonly rehearse: () => void;
  readonly status: () => readonly RouterStatus[];
  /** Counts of packets for none of the routers. */
  readonly strays: () => readonly InterfaceStatus[];
  readonly will: () => LastWill;
  /** Makes these routers, and all of their sync groups, leave mastership and the election; all others take part again. */
  readonly standAside: (names: readonly string[]) => void;
  /** Keeps every router from preempting, for that reason; without a reason each follows its configuration. */
  readonly holdBack: (reason: string | undefined) => void;
  /** Gives peers a whole interval by an advertisement, and leaves mastership and addresses to the next process on this host. */
  readonly handOff: () => Handoff;
  /** Ends here and continues with another configuration: routers in both keep their mastership. */
  readonly reconfigure: (next: VrrpConfig) => Routers;
  readonly close: () => void;
};

/** What routers begin with: their predecessors by name, and the names of routers that stand aside by command. */
export type Beginning = {
  readonly predecessors: ReadonlyMap<string, RouterSnapshot>;
  readonly aside: readonly string[];
  readonly heldBack?: string | undefined;
  /** The known states of tracked items. */
  readonly known?: ReadonlyMap<string, ItemState>;
  readonly strays?: Strays;
};

const afresh: Beginning = { predecessors: new Map(), aside: [] };

/** Makes the routers of a configuration; nothing happens before `start`. */
export const createRouters = (
  config: VrrpConfig,
  ports: Ports,
  tell: (message: FromVrrp) => void,
  beginning: Beginning = afresh,
): Routers => {
  const groups = createGroups(config, beginning.predecessors, (own) => selfOf(own));
  const { routers, groupOf, stateOf, standings, snapshots, renewSelf } = groups;
  let leaving: (() => void) | undefined;
  /** Names of the routers that stand aside by command. */
  let aside = groups.withGroups(beginning.aside);
  let { heldBack } = beginning;
  const { strays = createStrays() } = beginning;
  let closed = false;

  const {
    emit,
    summarize,
    flush: sayAll,
  } = createOutgoingMessages(tell, ports.wall, () => [
    { type: 'will', will: writeLastWill(standings(), sockets.of) },
    { type: 'status', routers: status() },
  ]);

  const selfOf = (own: RouterConfig): Self => ({
    version: own.version,
    priority: tracking.judgementOf(own.name).effective,
    interval: own.advertisementInterval,
    downAfter: own.downAfter,
    preempt: own.preempt,
    ...(own.preempt && heldBack !== undefined && { heldBack }),
    preemptDelay: own.preemptDelay,
    startDelay: own.startDelay,
    primaryAddress: sockets.of(own)?.source ?? unspecified[own.family],
  });

  const tracking = createTracking({
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

  /** Starts a router unless something forbids it. */
  const takePart = (name: string): void => {
    const router = routers.get(name);
    if (router === undefined || aside.has(name) || sockets.of(router.config) === undefined) return;
    const obstacle = tracking.obstacleOf(name);
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
    interfaceIndexOf: (router) => sockets.of(router.config)?.link.index,
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
  const routing = createRouting({ routers: config.routers, ports, standings, emit });
  const sockets = createSockets({
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
      greetPeers(own);
      takePart(own.name);
    },
    onDetach: (own, reason) => give(own.name, { type: 'fault', reason }),
  });

  /**
   * A peer that could not reach this host asks for its MAC once a second, and sends nothing until it knows it: a master would
   * count as dead. So this host announces its address when it is back, and again in case a switch port forwards late.
   */
  const greetPeers = (own: RouterConfig): void => {
    const attachment = sockets.of(own);
    if (own.peers.length === 0 || attachment?.link.mac === undefined) return;
    const { link, source } = attachment;
    const greeting = [{ interfaceIndex: link.index, mac: attachment.link.mac, address: source }];
    const greet = (times: number): void => {
      const router = routers.get(own.name);
      // Stops if the link is down again, which is reported on its own.
      if (closed || router === undefined || sockets.of(own)?.source !== source) return;
      ports.announce(greeting);
      if (times > 1) ports.at(later(ports.clock(), own.advertisementInterval), () => greet(times - 1), false);
    };
    greet(own.downAfter);
  };

  const advertise = createAdvertiser(ports, sockets.of, emit);

  const perform = createPerformer({ routers, ports, routing, virtualMacs, holdings, announcer, advertise });

  const give = (name: string, event: RouterEvent, lateness = milliseconds(0)): void =>
    giveAll([{ name, event, lateness }]);

  /** The only way for events to reach routers: all of them step, then the kernel is changed once. */
  const giveAll = (inputs: readonly Input[]): void => {
    const now = ports.clock();
    const latenessOf = new Map<string, Milliseconds>();
    const actions: MemberAction[] = [];
    const transitions: Transition[] = [];
    for (const { name, event, lateness } of inputs) {
      const result = groups.step(name, event, now);
      if (result === undefined) continue;
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
    const timings = perform(actions, now);
    for (const transition of transitions) {
      const timerLateness = latenessOf.get(transition.router) ?? milliseconds(0);
      const member = routers.get(transition.router);
      if (member === undefined) continue;
      const reason = explain(transition, now);
      member.since = ports.wall();
      member.changedAt = now;
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
    isOwnSource: sockets.isOwnSource,
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

  const clockwork = createClockwork({
    routers,
    ports,
    stateOf,
    selfOf: ({ config: own }) => selfOf(own),
    tracking,
    rivals,
    announcer,
    giveAll: (inputs) => giveAll(inputs),
    isAside: ({ config: { name } }) => aside.has(name),
    onNoSuccessor: (router) => resumeWithoutSuccessor(router),
  });
  const { arm } = clockwork;

  const finishLeaving = (): void => {
    if (leaving === undefined || standings().some(({ state }) => holdsAddresses(state))) return;
    const done = leaving;
    leaving = undefined;
    virtualMacs.clear();
    sayAll();
    done();
  };

  /** Giving up the addresses without a successor would be an outage, not a handover. */
  const resumeWithoutSuccessor = ({ config: { name } }: Router): void => {
    const message = 'no successor has spoken: it rules on, and the handover is called off';
    const members = groupOf(name).map((member) => member.config.name);
    aside = new Set([...aside].filter((other) => !members.includes(other)));
    for (const member of members) emit({ type: 'handover-failed', router: member, message });
    for (const member of members) takePart(member);
  };

  /** A reconfigured master shows it at once: peers learn its priority, neighbours its addresses. */
  const showChange = (router: Router): void => {
    const { config: own } = router;
    const before = beginning.predecessors.get(own.name)?.router.config;
    if (stateOf(router).name !== 'master' || isDeepStrictEqual(before, own)) return;
    announcer.announce([own], 'was changed', true);
    advertise(router, selfOf(own).priority);
  };

  const status = (): RouterStatus[] =>
    [...routers.values()].map((router) => {
      const { config: own } = router;
      const standing = { config: own, state: stateOf(router) };
      const fault = ports.recordFault?.();
      const record = fault === undefined ? [] : [{ what: 'a record of its addresses on disk', why: fault }];
      const missing = [
        ...record,
        ...virtualMacs.missingOf(standing),
        ...holdings.missingOf(standing),
        ...routing.missingOf(standing),
      ];
      const source = sockets.of(own)?.source;
      return {
        ...statusOf(
          router,
          selfOf(own),
          standing.state,
          aside.has(own.name),
          source,
          tracking,
          ports.clock(),
          ports.wall(),
        ),
        ...(missing.length > 0 && { missing }),
      };
    });

  const warn = (): void => {
    const present = ports.addresses.list();
    for (const { config: own } of routers.values()) {
      const hasWeights = tracking.trackedBy(own.name).some(({ weight = 0 }) => weight !== 0);
      for (const message of cautionsOf(own, selfOf(own), hasWeights, present))
        emit({ type: 'warning', router: own.name, message });
    }
  };

  const close = (): void => {
    holdings.settle();
    sayAll();
    closed = true;
    clockwork.stop();
    sockets.close();
    claims.close();
  };

  return {
    start: () => {
      groups.restore();
      const occasion = beginning.predecessors.size > 0 ? 'transition' : 'start';
      routing.shed(occasion);
      virtualMacs.raise();
      holdings.reconcile(occasion);
      routing.raise(occasion);
      virtualMacs.lower();
      warn();
      announcer.learnNetwork();
      claims.attach();
      tracking.look();
      sockets.attach();
      for (const router of routers.values()) {
        const { config: own } = router;
        const fault = sockets.faultOf(own);
        if (fault === undefined) continue;
        router.reason = `waits in fault: ${fault}`;
        emit({ type: 'warning', router: own.name, message: router.reason });
        // Its predecessor ran; this one cannot.
        give(own.name, { type: 'fault', reason: fault });
      }
      for (const name of beginning.predecessors.keys()) {
        const { faults } = tracking.judgementOf(name);
        if (faults.length > 0) give(name, { type: 'fault', reason: faults.join('; ') });
      }
      for (const router of routers.values()) if (beginning.predecessors.has(router.config.name)) showChange(router);
      tell({ type: 'will', will: writeLastWill(standings(), sockets.of) });
      tell({ type: 'status', routers: status() });
      arm();
    },
    networkChanged: () => {
      if (closed) return;
      if (leaving === undefined) {
        announcer.learnNetwork();
        claims.attach();
        tracking.look();
        sockets.attach();
      }
      virtualMacs.raise();
      holdings.reconcile('repair');
      routing.raise('repair');
      arm();
    },
    routingChanged: () => {
      if (!closed) routing.raise('repair');
    },
    keysChanged: (path) => {
      if (closed) return;
      keyring.relearn(routers.values(), path);
      if (leaving === undefined) sockets.attach();
      arm();
    },
    track: (states) => {
      if (closed || leaving !== undefined) return;
      tracking.report(states);
      arm();
    },
    peerLost: (session, address, spread, reason) => {
      for (const name of tracking.watchersOf(session)) give(name, { type: 'peer-lost', address, spread, reason });
    },
    rehearse: () => {
      const now = ports.clock();
      const asMaster = config.routers.map((own) => ({
        config: own,
        state: { name: 'master' as const, deadline: now, lastSent: now },
      }));
      virtualMacs.retry();
      holdings.retry();
      routing.retry();
      holdings.rehearse(asMaster);
      announcer.rehearse();
      for (const own of config.routers) {
        const attachment = sockets.of(own);
        const [destination] = destinationsOf(own);
        if (attachment !== undefined && destination !== undefined)
          encodeFrom(own, { source: attachment.source, destination }, own.priority);
      }
      writeLastWill(asMaster, sockets.of);
    },
    leave: (done) => {
      leaving = done;
      for (const name of routers.keys()) give(name, { type: 'shutdown' });
      finishLeaving();
    },
    status,
    strays: strays.status,
    will: () => writeLastWill(standings(), sockets.of),
    standAside: (names) => {
      const wanted = groups.withGroups(names);
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
    handOff: () => {
      holdings.reconcile('renewal');
      for (const name of routers.keys()) give(name, { type: 'bequest' });
      const handoff = handOff(snapshots(), tracking.known());
      close();
      return handoff;
    },
    reconfigure: (next) => {
      const inheritance = findPredecessors(snapshots(), next.routers);
      for (const { router, state } of snapshots()) {
        const isExtinct = inheritance.removedNames.includes(router.config.name);
        if (isExtinct && state.name === 'master') advertise(router, farewellPriority);
      }
      close();
      const successor = createRouters(next, ports, tell, {
        predecessors: inheritance.predecessors,
        aside: [...aside],
        heldBack,
        known: tracking.known(),
        strays,
      });
      successor.start();
      return successor;
    },
    close,
  };
};
