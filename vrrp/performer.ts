// Performs the effects of the host: addresses, then ARP for the whole group in one batch, then advertisements.

import { elapsed, type Instant, milliseconds } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Advertise } from './announce/advertiser.ts';
import { announceOnEvidence, announceTakeover, takeDue } from './announce/announcement.ts';
import type { Announcer } from './announce/announcer.ts';
import { explain, newMasterReasonOf } from './election/reason.ts';
import type { MemberAction, Transition } from './election/sync-group.ts';
import type { TakeoverTimings, VrrpEventBody } from './events.ts';
import type { Holdings } from './holdings/addresses.ts';
import type { Routing } from './holdings/routing.ts';
import type { VirtualMacs } from './holdings/virtual-macs.ts';
import type { HostEffect } from './host/step.ts';
import type { Ports } from './ports.ts';
import type { Rivals } from './rivals/rivals.ts';
import type { Router } from './router.ts';

type PerformerOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'wall'>;
  readonly emit: (event: VrrpEventBody) => void;
  readonly rivals: Rivals;
  readonly routing: Routing;
  readonly virtualMacs: VirtualMacs;
  readonly holdings: Holdings;
  readonly announcer: Announcer;
  readonly advertise: Advertise;
};

type Act = Extract<HostEffect, { readonly type: 'act' }>;

/** Performs an effect of the step at `now`. */
export type Perform = (effect: HostEffect, now: Instant) => void;

export const createPerformer = (options: PerformerOptions): Perform => {
  const { routers, ports, emit, rivals, routing, virtualMacs, holdings, announcer, advertise } = options;

  /** Advertisements go before ARP if the election puts them first. */
  const run = (actions: readonly MemberAction[], now: Instant): Omit<TakeoverTimings, 'timerLateness'> => {
    const isTransition = actions.some((action) => action.type === 'reconcile');
    const isAdvertising = actions.some((action) => action.type === 'advertise' && action.priority > 0);
    // Leases are renewed in the turn of an advertisement, before it is sent.
    if (isTransition) {
      // Routes are removed before the addresses; a takeover has none to remove, and must not wait for listing them.
      if (!actions.some(({ type }) => type === 'announce')) routing.shed('transition');
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
      // One router after the other: the leaving master gives up each one when it hears its successor.
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
      routing.raise('transition');
      virtualMacs.lower();
    }
    return { toAddresses, toAnnouncement, toAdvertisement };
  };

  /** Late announcements of a former master would mislead neighbours. */
  const withdraw = ({ router, to }: Transition): void => {
    const changed = routers.get(router);
    if (changed === undefined || to.name === 'master') return;
    changed.announcements = { due: [] };
    announcer.withdraw(changed.config);
  };

  const note = (
    { lateness, ...transition }: Act['transitions'][number],
    now: Instant,
    timings: Omit<TakeoverTimings, 'timerLateness'>,
  ): void => {
    const { router: name, from, to } = transition;
    const router = routers.get(name);
    if (router === undefined) return;
    const reason = explain(transition, now);
    router.since = ports.wall();
    router.changedAt = now;
    router.reason = reason.text;
    const isTakeover = to.name === 'master';
    if (from.name === 'master') rivals.yielded(router, reason.text);
    if (isTakeover) {
      rivals.ruled(router);
      router.toMaster += 1;
      router.newMasterReason = newMasterReasonOf(reason);
      delete router.heard;
    }
    const takeover = { ...timings, timerLateness: lateness ?? milliseconds(0) };
    emit({ type: 'transition', router: name, from: from.name, to: to.name, reason, ...(isTakeover && { takeover }) });
  };

  return (effect, now) => {
    switch (effect.type) {
      case 'act': {
        effect.transitions.forEach(withdraw);
        const timings = run(effect.actions, now);
        for (const transition of effect.transitions) note(transition, now, timings);
        return;
      }
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
