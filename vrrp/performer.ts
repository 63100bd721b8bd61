// Runs the elections' actions on this host: addresses, then ARP for the whole group in one batch, then advertisements.

import { elapsed, type Instant } from '../base/units.ts';
import type { Advertise } from './announce/advertiser.ts';
import { announceOnEvidence, announceTakeover, takeDue } from './announce/announcement.ts';
import type { Announcer } from './announce/announcer.ts';
import type { MemberAction } from './election/sync-group.ts';
import type { TakeoverTimings } from './events.ts';
import type { Holdings } from './holdings/addresses.ts';
import type { Routing } from './holdings/routing.ts';
import type { VirtualMacs } from './holdings/virtual-macs.ts';
import type { Ports } from './ports.ts';
import type { Router } from './router.ts';

type PerformerOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock'>;
  readonly routing: Routing;
  readonly virtualMacs: VirtualMacs;
  readonly holdings: Holdings;
  readonly announcer: Announcer;
  readonly advertise: Advertise;
};

export type Perform = (actions: readonly MemberAction[], now: Instant) => Omit<TakeoverTimings, 'timerLateness'>;

/** Advertisements go before ARP if the election puts them first. */
export const createPerformer =
  ({ routers, ports, routing, virtualMacs, holdings, announcer, advertise }: PerformerOptions): Perform =>
  (actions, now) => {
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
