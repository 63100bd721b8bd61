// Runs the virtual routers of one host: gives what happens to the pure host, and its effects to the performer.

import { isDeepStrictEqual } from 'node:util';
import { createBus } from '../base/bus.ts';
import type { Milliseconds } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import type { VrrpConfig } from '../config/model/model.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { farewellPriority, holdsAddresses, type RouterEvent } from './election/election.ts';
import { findPredecessors, type RouterSnapshot } from './handoff/configuration-handoff.ts';
import { type Handoff, handOff } from './handoff/process-handoff.ts';
import { writeLastWill } from './holdings/last-will.ts';
import { beginHost, groupNames, selfOf, standingsOf, stateOf } from './host/host.ts';
import { type HostInput, stepHost } from './host/step.ts';
import type { FromVrrp, LastWill } from './messages.ts';
import { createOutgoingMessages } from './outgoing-messages.ts';
import { createOverview } from './overview.ts';
import { createParts, type Report } from './parts.ts';
import type { Ports } from './ports.ts';
import { createHearing } from './protocol/hearing.ts';
import { createStrays, type Strays } from './protocol/strays.ts';
import { createRouter, destinationsOf, encodeFrom, type Router } from './router.ts';
import type { InterfaceStatus, RouterStatus } from './status.ts';
import type { ItemState } from './tracking/judgement.ts';
import type { Rejudged } from './tracking/tracker.ts';
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
  const { predecessors, strays = createStrays() } = beginning;
  const bus = createBus<Report>();
  const outgoing = createOutgoingMessages(tell, ports.wall);
  const { emit } = outgoing;
  const tracking = createTracking({ config, ports, known: beginning.known, emit });
  const groups = groupNames(config);
  const routers = new Map(
    config.routers.map((own) => [
      own.name,
      createRouter(own, groups.get(own.name) ?? own.name, predecessors.get(own.name)?.router),
    ]),
  );
  let host = beginHost(config, {
    predecessors: new Map([...predecessors].map(([name, { router, state }]) => [name, { state, group: router.group }])),
    judgementOf: tracking.judgementOf,
    aside: beginning.aside,
    heldBack: beginning.heldBack,
  });
  const hostNow = () => host;
  let leaving: (() => void) | undefined;
  let closed = false;

  const parts = createParts({ config, ports, routers, tracking, hostNow, emit, report: bus.send });
  const { announcer, keyring, holdings, virtualMacs, routing, sockets, advertise, rivals, claims, clockwork } = parts;
  const { status, warnings } = createOverview({ routers, ports, tracking, parts, hostNow });
  const will = (): LastWill => writeLastWill(standingsOf(host), sockets.of);
  const snapshots = (): RouterSnapshot[] =>
    [...routers].map(([name, router]) => ({ router, state: stateOf(host, name) }));

  const finishLeaving = (): void => {
    if (leaving === undefined || standingsOf(host).some(({ state }) => holdsAddresses(state))) return;
    const done = leaving;
    leaving = undefined;
    virtualMacs.clear();
    outgoing.flush();
    done();
  };

  /** The only way into the host: it steps, and its effects are performed. */
  const give = (input: HostInput): void => {
    const now = ports.clock();
    const [next, effects] = stepHost(host, input, now);
    host = next;
    for (const effect of effects) parts.perform(effect, now);
    if (effects.some((effect) => effect.type === 'act' && effect.transitions.length > 0)) {
      outgoing.summarize(() => [
        { type: 'will', will: will() },
        { type: 'status', routers: status() },
      ]);
    }
    finishLeaving();
    clockwork.arm();
  };
  const giveEvent = (names: Iterable<string>, event: RouterEvent): void =>
    give({ type: 'events', inputs: [...names].map((router) => ({ router, event })) });
  const follow = (changes: readonly Rejudged[]): void => {
    if (changes.length > 0) give({ type: 'judged', changes });
  };

  const receive = createHearing({
    routers,
    ports,
    isOwnSource: sockets.isOwnSource,
    strays,
    emit,
    onHeard: (router, { source, advertisement: { priority, interval }, dialect }) => {
      const { name } = router.config;
      const wasMaster = stateOf(host, name).name === 'master';
      rivals.heard(router, source, { priority, interval });
      const event: RouterEvent = { type: 'advertisement', source, priority, interval };
      give({ type: 'events', inputs: [{ router: name, event }] });
      if (wasMaster || priority === farewellPriority) return;
      if (router.heard?.address !== source || router.heard.priority !== priority) {
        emit({ type: 'master-heard', router: name, master: source, priority, ...(dialect && { dialect }) });
      }
      router.heard = { address: source, priority, ...(dialect && { dialect }) };
    },
    onDropped: (...drop) => {
      rivals.dropped(...drop);
      clockwork.arm();
    },
  });

  bus.handle((report) => {
    if (closed) return;
    switch (report.type) {
      case 'packet':
        return receive(report.place, report.packet.payload, report.packet);
      case 'due':
        return clockwork.fire(report.stood, give);
      case 'attached':
        parts.greet(report.router);
        return give({ type: 'attached', router: report.router.name, source: report.source });
      case 'detached':
        return give({ type: 'detached', router: report.router.name, reason: report.reason });
      case 'socket-failed':
        return sockets.lose(report.place, report.message);
      case 'claimed':
      case 'restored': {
        const router = routers.get(report.router);
        if (router === undefined) return;
        if (report.type === 'claimed') rivals.claimed(router, report.claim);
        else parts.reannounce(router);
        return clockwork.arm();
      }
      default:
        return unreachable(report);
    }
  });

  /** A reconfigured master shows it at once: peers learn its priority, neighbours its addresses. */
  const showChange = (router: Router): void => {
    const { config: own } = router;
    const before = predecessors.get(own.name)?.router.config;
    if (before === undefined || stateOf(host, own.name).name !== 'master' || isDeepStrictEqual(before, own)) return;
    announcer.announce([own], 'was changed', true);
    advertise(router, selfOf(host, own.name).priority);
  };

  /** Follows the interfaces and addresses of this host. */
  const learnNetwork = (): void => {
    announcer.learnNetwork();
    claims.attach();
    follow(tracking.look());
    sockets.attach();
  };

  const close = (): void => {
    holdings.settle();
    outgoing.flush();
    closed = true;
    clockwork.stop();
    sockets.close();
    claims.close();
  };

  return {
    start: () => {
      const occasion = predecessors.size > 0 ? 'transition' : 'start';
      routing.shed(occasion);
      virtualMacs.raise();
      holdings.reconcile(occasion);
      routing.raise(occasion);
      virtualMacs.lower();
      warnings().forEach(emit);
      learnNetwork();
      for (const [name, router] of routers) {
        const fault = sockets.faultOf(router.config);
        if (fault === undefined) continue;
        router.reason = `waits in fault: ${fault}`;
        emit({ type: 'router-waiting', router: name, message: router.reason });
        // Its predecessor ran; this one cannot.
        giveEvent([name], { type: 'fault', reason: fault });
      }
      for (const name of predecessors.keys()) {
        const { faults } = tracking.judgementOf(name);
        if (faults.length > 0) giveEvent([name], { type: 'fault', reason: faults.join('; ') });
      }
      for (const router of routers.values()) showChange(router);
      tell({ type: 'will', will: will() });
      tell({ type: 'status', routers: status() });
      clockwork.arm();
    },
    networkChanged: () => {
      if (closed) return;
      if (leaving === undefined) learnNetwork();
      virtualMacs.raise();
      holdings.reconcile('repair');
      routing.raise('repair');
      clockwork.arm();
    },
    routingChanged: () => {
      if (!closed) routing.raise('repair');
    },
    keysChanged: (path) => {
      if (closed) return;
      keyring.relearn(routers.values(), path);
      if (leaving === undefined) sockets.attach();
      clockwork.arm();
    },
    track: (states) => {
      if (closed || leaving !== undefined) return;
      follow(tracking.report(states));
      clockwork.arm();
    },
    peerLost: (session, address, spread, reason) =>
      giveEvent(tracking.watchersOf(session), { type: 'peer-lost', address, spread, reason }),
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
      giveEvent(routers.keys(), { type: 'shutdown' });
    },
    status,
    strays: strays.status,
    will,
    standAside: (names) => {
      give({ type: 'stand-aside', routers: names });
      tell({ type: 'status', routers: status() });
    },
    holdBack: (reason) => {
      if (reason === host.heldBack) return;
      give({ type: 'hold-back', reason });
      tell({ type: 'status', routers: status() });
    },
    handOff: () => {
      holdings.reconcile('renewal');
      giveEvent(routers.keys(), { type: 'handoff' });
      const handoff = handOff(snapshots(), tracking.known());
      close();
      return handoff;
    },
    reconfigure: (next) => {
      const { predecessors: continued, removedNames } = findPredecessors(snapshots(), next.routers);
      for (const { router, state } of snapshots()) {
        const isRemoved = removedNames.includes(router.config.name);
        if (isRemoved && state.name === 'master') advertise(router, farewellPriority);
      }
      close();
      const successor = createRouters(next, ports, tell, {
        predecessors: continued,
        aside: [...host.aside],
        heldBack: host.heldBack,
        known: tracking.known(),
        strays,
      });
      successor.start();
      return successor;
    },
    close,
  };
};
