// The shell of the pure host: gives it what happens to its routers, performs its effects, and reports what they have changed.

import { createBus } from '../base/bus.ts';
import { unreachable } from '../base/unreachable.ts';
import type { VrrpConfig } from '../config/model/model.ts';
import type { Restraint } from './election/parameters.ts';
import { holdsAddresses, type RouterEvent } from './election/router-state.ts';
import type { VrrpEventBody } from './events.ts';
import type { RouterSnapshot } from './handoff/configuration-handoff.ts';
import { writeLastWill } from './holdings/last-will.ts';
import { beginHost, type CurrentHost, groupNames, type Host, selfOf, standingsOf, stateOf } from './host/host.ts';
import { type HostInput, stepHost } from './host/step.ts';
import type { FromVrrp, LastWill } from './messages.ts';
import { createOutgoingMessages } from './outgoing-messages.ts';
import { createOverview, type Overview } from './overview.ts';
import { createParts, type Parts, type Report } from './parts.ts';
import type { Ports } from './ports.ts';
import type { Strays } from './protocol/strays.ts';
import { createRouter, type Router } from './router.ts';
import type { ItemState } from './tracking/judgement.ts';
import type { Rejudged } from './tracking/tracker.ts';
import { createTracking, type Tracking } from './tracking/tracking.ts';

/** What routers begin with: their predecessors by name, and the names of routers that stand aside by command. */
export type Beginning = {
  readonly predecessors: ReadonlyMap<string, RouterSnapshot>;
  readonly aside: readonly string[];
  readonly heldBack?: string | undefined;
  readonly restraints?: ReadonlyMap<string, Restraint> | undefined;
  /** The known states of tracked items. */
  readonly known?: ReadonlyMap<string, ItemState>;
};

export type ShellOptions = {
  readonly config: VrrpConfig;
  readonly ports: Ports;
  readonly send: (message: FromVrrp) => void;
  readonly beginning: Beginning;
  readonly strays: Strays;
};

export type Shell = Overview & {
  readonly routers: ReadonlyMap<string, Router>;
  readonly tracking: Tracking;
  readonly parts: Parts;
  readonly current: CurrentHost;
  readonly snapshots: () => readonly RouterSnapshot[];
  readonly will: () => LastWill;
  readonly emit: (event: VrrpEventBody) => void;
  /** The only way into the host: it steps, and its effects are performed. */
  readonly give: (input: HostInput) => void;
  /** Gives one event to several routers. */
  readonly giveEvent: (names: Iterable<string>, event: RouterEvent) => void;
  /** Gives the host what its routers track. */
  readonly follow: (changes: readonly Rejudged[]) => void;
  /** Leaves every mastership; calls `done` when no address is held any more. */
  readonly leave: (done: () => void) => void;
  readonly isLeaving: () => boolean;
  /** Ends for good; what the kernel holds stays. */
  readonly close: () => void;
  readonly isClosed: () => boolean;
};

export const createShell = ({ config, ports, send, beginning, strays }: ShellOptions): Shell => {
  const { predecessors } = beginning;
  const bus = createBus<Report>();
  const outgoing = createOutgoingMessages(send, ports);
  const { emit } = outgoing;
  const tracking = createTracking({ config, ports, known: beginning.known, emit });
  const groups = groupNames(config);
  const times = { now: ports.clock(), wall: ports.wall() };
  const routers = new Map(
    config.routers.map((own) => [
      own.name,
      createRouter(own, groups.get(own.name) ?? own.name, times, predecessors.get(own.name)?.router),
    ]),
  );
  const current: { host: Host } = {
    host: beginHost(config, {
      predecessors: new Map(
        [...predecessors].map(([name, { router, ...rest }]) => [name, { ...rest, group: router.group }]),
      ),
      judgementOf: tracking.judgementOf,
      aside: beginning.aside,
      heldBack: beginning.heldBack,
      restraints: beginning.restraints,
    }),
  };
  let leaving: (() => void) | undefined;
  let closed = false;

  const parts = createParts({ config, ports, routers, tracking, strays, current, emit, report: bus.send });
  const { announcer, holdings, virtualMacs, sockets, claims, clockwork } = parts;
  const { status, warnings } = createOverview({ routers, ports, tracking, parts, current });
  const will = (): LastWill => writeLastWill(standingsOf(current.host), sockets.of);

  const finishLeaving = (): void => {
    if (leaving === undefined || standingsOf(current.host).some(({ state }) => holdsAddresses(state))) return;
    const done = leaving;
    leaving = undefined;
    virtualMacs.clear();
    outgoing.flush();
    done();
  };

  const give = (input: HostInput): void => {
    const [next, effects] = stepHost(current.host, input, ports.clock());
    current.host = next;
    for (const effect of effects) parts.perform(effect, current.host);
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

  bus.handle((report) => {
    if (closed) return;
    switch (report.type) {
      case 'sighted':
      case 'restored':
        return give(report);
      case 'due':
        follow(tracking.settle());
        give(report);
        return announcer.flush();
      case 'attached':
        parts.announceOwn(report.router);
        return give({ type: 'attached', router: report.router.name, source: report.source });
      case 'detached':
        return give({ ...report, router: report.router.name });
      case 'socket-failed':
        return sockets.lose(report.place, report.message);
      default:
        return unreachable(report);
    }
  });

  return {
    routers,
    tracking,
    parts,
    current,
    snapshots: () => {
      const { host } = current;
      return host.routers.flatMap(({ config: { name }, announcements, watch }) => {
        const router = routers.get(name);
        return router === undefined
          ? []
          : [{ router, state: stateOf(host, name), self: selfOf(host, name), announcements, watch }];
      });
    },
    status,
    warnings,
    will,
    emit,
    give,
    giveEvent,
    follow,
    leave: (done) => {
      leaving = done;
      giveEvent(routers.keys(), { type: 'shutdown' });
    },
    isLeaving: () => leaving !== undefined,
    close: () => {
      holdings.settle();
      outgoing.flush();
      closed = true;
      clockwork.stop();
      sockets.close();
      claims.close();
    },
    isClosed: () => closed,
  };
};
