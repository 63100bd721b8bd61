// Performs the effects of the host: addresses, then ARP for the whole group in one batch, then advertisements.

import { elapsed, type Instant, milliseconds } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Advertise } from './announce/advertiser.ts';
import type { Announcer } from './announce/announcer.ts';
import { newMasterReasonOf } from './election/reason.ts';
import type { MemberAction } from './election/sync-group.ts';
import type { TakeoverTimings, VrrpEventBody } from './events.ts';
import type { Holdings } from './holdings/addresses.ts';
import type { Routing } from './holdings/routing.ts';
import type { VirtualMacs } from './holdings/virtual-macs.ts';
import { type Change, type HostEffect, takeoversIn } from './host/effect.ts';
import { type Host, standingsOf } from './host/host.ts';
import { countLateness } from './lateness.ts';
import type { Ports } from './ports.ts';
import type { Router } from './router.ts';

type PerformerOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'wall'>;
  readonly emit: (event: VrrpEventBody) => void;
  readonly routing: Routing;
  readonly virtualMacs: VirtualMacs;
  readonly holdings: Holdings;
  readonly announcer: Announcer;
  readonly advertise: Advertise;
};

type Act = Extract<HostEffect, { readonly type: 'act' }>;

/** Routers that take over from a master that waits for them: their advertisement is the first that they do. */
const awaitedIn = (actions: readonly MemberAction[], taking: ReadonlySet<string>): ReadonlySet<string> => {
  const firsts = new Map<string, MemberAction['type']>();
  for (const action of actions)
    if (action.type !== 'reconcile' && !firsts.has(action.router)) firsts.set(action.router, action.type);
  return new Set([...taking].filter((name) => firsts.get(name) === 'advertise'));
};

/** @param host as it is after the step that had the effect. */
export type Perform = (effect: HostEffect, host: Host) => void;

export const createPerformer = (options: PerformerOptions): Perform => {
  const { routers, ports, emit, routing, virtualMacs, holdings, announcer, advertise } = options;

  /** Advertisements go before ARP if the election puts them first. */
  const run = ({ actions, transitions }: Act, host: Host, now: Instant): Omit<TakeoverTimings, 'timerLateness'> => {
    const taking = takeoversIn(transitions);
    const isTransition = actions.some((action) => action.type === 'reconcile');
    const isAdvertising = actions.some((action) => action.type === 'advertise' && action.priority > 0);
    const standings = isTransition ? standingsOf(host) : [];
    // Leases are renewed in the turn of an advertisement, before it is sent.
    if (isTransition) {
      // Routes are removed before the addresses; a takeover has none to remove, and must not wait for listing them.
      if (taking.size === 0 || taking.size < transitions.length) routing.shed(standings, 'transition');
      virtualMacs.raise(standings);
      holdings.reconcile(standings, 'transition');
    } else if (isAdvertising) holdings.renewIfDue(now);
    const toAddresses = elapsed(now, ports.clock());
    const advertising = actions.flatMap((action) => {
      const router = action.type === 'advertise' ? routers.get(action.router) : undefined;
      return action.type === 'advertise' && router !== undefined ? [{ router, priority: action.priority }] : [];
    });
    const announcing = actions.flatMap((action) =>
      action.type === 'announce' && taking.has(action.router) ? (routers.get(action.router) ?? []) : [],
    );
    const announce = (some: readonly Router[]): void => {
      if (some.length === 0) return;
      announcer.announce(
        some.map(({ config: own }) => own),
        'became master',
        true,
      );
    };
    const awaited = awaitedIn(actions, taking);
    const [first, then] = [true, false].map((isAwaited) =>
      advertising.filter(({ router }) => awaited.has(router.config.name) === isAwaited),
    );
    // One router after the other: the leaving master gives up each one when it hears its successor.
    for (const { router, priority } of first ?? []) {
      advertise(router, priority);
      announce([router]);
    }
    announce(announcing.filter(({ config }) => !awaited.has(config.name)));
    const toAnnouncement = elapsed(now, ports.clock());
    for (const { router, priority } of then ?? []) advertise(router, priority);
    const toAdvertisement = elapsed(now, ports.clock());
    if (isTransition) {
      routing.raise(standings, 'transition');
      virtualMacs.lower(standings);
    }
    return { toAddresses, toAnnouncement, toAdvertisement };
  };

  /** Late announcements of a former master would mislead neighbours. */
  const withdraw = ({ router, to }: Change): void => {
    const changed = routers.get(router);
    if (changed !== undefined && to.name !== 'master') announcer.withdraw(changed.config);
  };

  const note = (
    { router: name, from, to, reason, dueSince }: Change,
    now: Instant,
    timings: Omit<TakeoverTimings, 'timerLateness'>,
  ): void => {
    const router = routers.get(name);
    if (router === undefined) return;
    router.since = ports.wall();
    router.changedAt = now;
    router.reason = reason.text;
    const isTakeover = to.name === 'master';
    if (isTakeover) {
      router.toMaster += 1;
      router.newMasterReason = newMasterReasonOf(reason);
      delete router.heard;
      delete router.reported;
    }
    const takeover = { ...timings, timerLateness: dueSince === undefined ? milliseconds(0) : elapsed(dueSince, now) };
    emit({ type: 'transition', router: name, from: from.name, to: to.name, reason, ...(isTakeover && { takeover }) });
  };

  const countDue = ({ router: name, state, since }: Extract<HostEffect, { readonly type: 'due' }>): void => {
    const router = routers.get(name);
    if (router === undefined) return;
    const lateness = elapsed(since, ports.clock());
    router.worstLateness = milliseconds(Math.max(router.worstLateness, lateness));
    if (state === 'master') countLateness(router.advertisementLateness, lateness);
  };

  return (effect, host) => {
    const configs = 'router' in effect ? [routers.get(effect.router)?.config ?? []].flat() : [];
    switch (effect.type) {
      case 'act': {
        const now = ports.clock();
        effect.transitions.forEach(withdraw);
        const timings = run(effect, host, now);
        for (const transition of effect.transitions) note(transition, now, timings);
        return;
      }
      case 'due':
        return countDue(effect);
      case 'announce':
        return announcer.announce(configs, effect.why, effect.isUrgent);
      case 'probe':
        return announcer.probe(configs);
      case 'split-brain':
        return emit(effect);
      case 'waits': {
        const router = routers.get(effect.router);
        if (router !== undefined) router.reason = effect.obstacle;
        emit({ type: 'router-waiting', router: effect.router, message: `does not start yet: ${effect.obstacle}` });
        return;
      }
      case 'unsucceeded': {
        const message = 'no successor advertised: it stays master, and the handover is cancelled';
        emit({ type: 'handover-failed', router: effect.router, message });
        return;
      }
      default:
        unreachable(effect);
    }
  };
};
