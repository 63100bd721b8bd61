// The virtual routers of one host: started, kept true to network and commands, and left to the next process or configuration.

import { isDeepStrictEqual } from 'node:util';
import { later, type Milliseconds } from '../base/units.ts';
import type { VrrpConfig } from '../config/model/model.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Restraint } from './election/parameters.ts';
import { mayBeReplaced } from './election/router-state.ts';
import { certainAfter } from './election/standstill.ts';
import { findPredecessors } from './handoff/configuration-handoff.ts';
import { type Handoff, handOff } from './handoff/process-handoff.ts';
import { writeLastWill } from './holdings/last-will.ts';
import { selfOf, standingsOf } from './host/host.ts';
import type { FromVrrp, LastWill } from './messages.ts';
import type { Ports } from './ports.ts';
import { createStrays, type Strays } from './protocol/strays.ts';
import { rehearsedOf } from './rehearsal.ts';
import { destinationsOf, encodeFrom } from './router.ts';
import { type Beginning, createShell } from './shell.ts';
import type { InterfaceStatus, RouterStatus } from './status.ts';
import type { ItemState } from './tracking/judgement.ts';

export type Routers = {
  readonly start: () => void;
  /** Interfaces or addresses of the host have changed. */
  readonly networkChanged: () => void;
  /** Routes or rules were removed, perhaps our own. */
  readonly routingChanged: () => void;
  /** Looks whether this host answers for addresses that it holds as master, for these first. */
  readonly examine: (first?: ReadonlySet<IpAddress>) => void;
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
  /** Restrains these routers and no others. */
  readonly restrain: (restraints: ReadonlyMap<string, Restraint>) => void;
  /** Announces a router's addresses again. */
  readonly reannounce: (router: string) => void;
  /** Gives peers a whole interval by an advertisement, and leaves mastership and addresses to the next process on this host. */
  readonly handOff: () => Handoff;
  /** Ends here and continues with another configuration: routers in both keep their mastership. */
  readonly reconfigure: (next: VrrpConfig) => Routers;
  readonly close: () => void;
};

const afresh: Beginning = { predecessors: new Map(), aside: [] };

/** Makes the routers of a configuration; nothing happens before `start`. */
export const createRouters = (
  config: VrrpConfig,
  ports: Ports,
  send: (message: FromVrrp) => void,
  beginning: Beginning = afresh,
  strays: Strays = createStrays(ports.wall()),
): Routers => {
  const { predecessors } = beginning;
  const rehearsed = rehearsedOf(config.routers);
  const shell = createShell({ config, ports, send, beginning, strays });
  const { routers, tracking, parts, current, snapshots, will, status, emit, give, giveEvent, follow, close } = shell;
  const { announcer, keyring, holdings, answers, virtualMacs, routing, sockets, claims, clockwork } = parts;

  const changedNames = (): string[] =>
    config.routers.flatMap((own) => {
      const before = predecessors.get(own.name)?.router.config;
      return before === undefined || isDeepStrictEqual(before, own) ? [] : [own.name];
    });

  /** Known MACs of the interfaces: neighbours of a master still send to the old one after a change. */
  let macs: ReadonlyMap<string, string | undefined> = new Map();
  const announceNewMacs = (): void => {
    const before = macs;
    macs = new Map(ports.interfaces().map(({ name, mac }) => [name, mac]));
    const changed = new Set([...macs].flatMap(([name, mac]) => ((before.get(name) ?? mac) === mac ? [] : [name])));
    if (changed.size === 0) return;
    for (const own of config.routers)
      if (announcer.targetsOf(own).some(({ name }) => changed.has(name)))
        give({ type: 'reannounce', router: own.name });
  };

  /** Follows the interfaces and addresses of this host. */
  const learnNetwork = (): void => {
    announcer.learnNetwork();
    announceNewMacs();
    claims.attach();
    follow(tracking.look());
    sockets.attach();
  };

  const networkChanged = (): void => {
    if (shell.isClosed()) return;
    // The addresses of a master that was paused may have gone because it was replaced.
    if (current.host.groups.some((group) => [...group.values()].some((one) => mayBeReplaced(one, ports.clock())))) {
      ports.at(later(ports.clock(), certainAfter), networkChanged, false);
      return;
    }
    if (!shell.isLeaving()) learnNetwork();
    const standings = standingsOf(current.host);
    virtualMacs.raise(standings);
    holdings.reconcile(standings, 'repair');
    routing.raise(standings, 'repair');
    clockwork.arm();
  };

  return {
    start: () => {
      const occasion = predecessors.size > 0 ? 'transition' : 'start';
      const standings = standingsOf(current.host);
      routing.shed(standings, occasion);
      virtualMacs.raise(standings);
      holdings.reconcile(standings, occasion);
      routing.raise(standings, occasion);
      virtualMacs.lower(standings);
      shell.warnings().forEach(emit);
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
        // The verdict may have come while no process ran.
        if (current.host.restraints.has(name)) giveEvent([name], { type: 'restrained' });
      }
      for (const [name, { self: before }] of predecessors) {
        if (before === undefined) continue;
        const { priority, preempt } = selfOf(current.host, name);
        if (priority !== before.priority) giveEvent([name], { type: 'priority', before: before.priority });
        if (preempt !== before.preempt) giveEvent([name], { type: 'held-back' });
      }
      give({ type: 'changed', routers: changedNames() });
      send({ type: 'will', will: will() });
      send({ type: 'status', routers: status() });
      clockwork.arm();
    },
    networkChanged,
    routingChanged: () => {
      if (!shell.isClosed()) routing.raise(standingsOf(current.host), 'repair');
    },
    examine: (first = new Set()) => {
      if (shell.isClosed()) return;
      answers.examine(
        standingsOf(current.host).filter(({ state }) => state.name === 'master'),
        first,
      );
    },
    keysChanged: (path) => {
      if (shell.isClosed()) return;
      keyring.relearn(routers.values(), path);
      if (!shell.isLeaving()) sockets.attach();
      clockwork.arm();
    },
    track: (states) => {
      if (shell.isClosed() || shell.isLeaving()) return;
      follow(tracking.report(states));
      clockwork.arm();
    },
    peerLost: (session, address, spread, reason) =>
      giveEvent(tracking.watchersOf(session), { type: 'peer-lost', address, spread, reason }),
    rehearse: () => {
      const now = ports.clock();
      const asMaster = rehearsed.map((own) => ({
        config: own,
        state: { name: 'master' as const, deadline: now, lastSent: now },
      }));
      virtualMacs.retry();
      holdings.retry();
      routing.retry();
      holdings.rehearse(asMaster);
      announcer.rehearse(rehearsed);
      for (const own of rehearsed) {
        const attachment = sockets.of(own);
        const [destination] = destinationsOf(own);
        if (attachment !== undefined && destination !== undefined)
          encodeFrom(own, { source: attachment.source, destination }, own.priority);
      }
      writeLastWill(asMaster, sockets.of);
    },
    leave: shell.leave,
    status,
    strays: strays.status,
    will,
    standAside: (names) => {
      give({ type: 'stand-aside', routers: names });
      send({ type: 'status', routers: status() });
    },
    holdBack: (reason) => {
      if (reason === current.host.heldBack) return;
      give({ type: 'hold-back', reason });
      send({ type: 'status', routers: status() });
    },
    restrain: (restraints) => {
      if (isDeepStrictEqual(restraints, current.host.restraints)) return;
      give({ type: 'restrain', restraints });
      send({ type: 'status', routers: status() });
    },
    reannounce: (router) => give({ type: 'reannounce', router }),
    handOff: () => {
      holdings.reconcile(standingsOf(current.host), 'renewal');
      giveEvent(routers.keys(), { type: 'handoff' });
      const handoff = handOff(snapshots(), tracking.known());
      close();
      return handoff;
    },
    reconfigure: (next) => {
      const { predecessors: continued, removedNames } = findPredecessors(snapshots(), next.routers);
      give({ type: 'removed', routers: removedNames });
      close();
      const { aside, heldBack, restraints } = current.host;
      const known = tracking.known();
      const successor = createRouters(
        next,
        ports,
        send,
        { predecessors: continued, aside: [...aside], heldBack, restraints, known },
        strays,
      );
      successor.start();
      return successor;
    },
    close,
  };
};
