// The addresses that this host holds for its routers: reconciled with the states, renewed while leased, restored if removed.

import { messageOf } from '../../base/error.ts';
import { elapsed, type Instant } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { type Change, diff } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../kernel/route/address-entry.ts';
import { holdsAddresses } from '../election/router-state.ts';
import type { VrrpEventBody } from '../events.ts';
import type { AddressResult, Ports } from '../ports.ts';
import { mostCompared } from '../rehearsal.ts';
import { findAddressOwners } from './address-owners.ts';
import { addressRules, desiredAddresses, renewalOf, type Standing } from './desired.ts';
import { createKernelRefusals } from './refusals.ts';

/**
 * Why addresses are reconciled: a router changed its state, a lease is due, the network changed, or the process has just begun.
 * An address missing in a renewal or a repair was removed by another program, had been refused, or its lease has run out.
 */
export type Occasion = 'transition' | 'renewal' | 'repair' | 'start';

export type Holdings = {
  /** Reconciles the kernel's addresses with the states at once: these hold until the next call. */
  readonly reconcile: (standings: readonly Standing[], occasion: Occasion) => void;
  /**
   * Begins to renew all leases in one batch, at most once in the shortest {@link renewalOf}. It runs in the background: the
   * kernel may be slow to do it, and an advertisement is due.
   */
  readonly renewIfDue: (now: Instant) => void;
  /** Waits for the end of a renewal. */
  readonly settle: () => void;
  /** Retries what the kernel refused. */
  readonly retry: () => void;
  /** The addresses that a router should hold and does not, with reasons. */
  readonly missingOf: (standing: Standing) => readonly Missing[];
  /** Computes the changes for a master of these routers, compared with a part of the kernel's addresses, without applying them. */
  readonly rehearse: (asMaster: readonly Standing[]) => void;
};

/** An entry that should be in the kernel and is not. */
export type Missing = { readonly what: string; readonly why: string };

/** Addresses of the router were missing and are back. */
export type HoldingsReport = { readonly type: 'restored'; readonly router: string };

type HoldingsOptions = {
  readonly routers: readonly RouterConfig[];
  readonly ports: Pick<Ports, 'clock' | 'addresses' | 'interfaces' | 'remembered'>;
  readonly emit: (event: VrrpEventBody) => void;
  readonly report: (report: HoldingsReport) => void;
};

/** The kernel ends a lease up to this much early or late, in milliseconds. */
const leaseGrain = 100;

export const createHoldings = ({ routers, ports, emit, report }: HoldingsOptions): Holdings => {
  let standings: readonly Standing[] = [];
  let renewedAt: Instant | undefined;
  let isRenewing = false;
  const refusals = createKernelRefusals(emit);

  const owners = findAddressOwners(routers, ports);

  /** The shortest renewal of the routers that hold addresses; undefined after a change of states. */
  let shortest: number | undefined;
  const shortestRenewal = (): number =>
    Math.min(...standings.flatMap(({ config, state }) => (holdsAddresses(state) ? [renewalOf(config)] : [])));

  /** The changes of the last renewal: the next one's, too, while neither states nor the kernel's addresses change. */
  let renewal:
    | { readonly actual: readonly AddressEntry[]; readonly changes: readonly Change<AddressEntry>[] }
    | undefined;
  /** The keys of the kernel's addresses when they were last asked for. */
  let present: { readonly actual: readonly AddressEntry[]; readonly keys: ReadonlySet<string> } | undefined;

  /** @param renewed when leases were last renewed: a lease that has run out since then was not removed by another program. */
  const causeOf = (
    entry: AddressEntry,
    wasRefused: boolean,
    renewed: Instant | undefined,
  ): 'recovered' | 'expired' | 'restored' => {
    if (wasRefused) return 'recovered';
    const isOver =
      entry.lifetime !== 'forever' &&
      renewed !== undefined &&
      elapsed(renewed, ports.clock()) >= entry.lifetime * 1000 - leaseGrain;
    return isOver ? 'expired' : 'restored';
  };

  const reportResults = (results: readonly AddressResult[], occasion: Occasion, renewed: Instant | undefined): void => {
    const isRepair = occasion === 'repair' || occasion === 'renewal';
    if (!refusals.isEmpty()) {
      const wanted = desiredAddresses(standings);
      refusals.keepOnly(new Set([...wanted, ...results.map(({ change }) => change.entry)].map(addressKey)));
    }
    const restored = new Set<string>();
    for (const { change, error } of results) {
      const { entry } = change;
      if (change.type === 'update' && error === undefined && refusals.isEmpty()) continue;
      const router = owners.routerOf(entry);
      const place = { router, interface: entry.interface, address: `${entry.address}/${entry.prefixLength}` };
      if (error !== undefined) {
        refusals.refused(addressKey(entry), router, error.message);
        continue;
      }
      const wasRefused = refusals.taken(addressKey(entry));
      if (change.type === 'add') {
        if (isRepair) restored.add(router);
        emit({ type: 'address', ...place, change: isRepair ? causeOf(entry, wasRefused, renewed) : 'added' });
      } else if (change.type === 'remove') {
        if (occasion === 'start') emit({ type: 'address', ...place, change: 'adopted' });
        emit({ type: 'address', ...place, change: 'removed' });
      }
    }
    for (const router of restored) report({ type: 'restored', router });
  };

  const changesFor = (
    some: readonly Standing[],
    renews: boolean,
    actual = ports.addresses.list(),
  ): Change<AddressEntry>[] => diff(actual, desiredAddresses(some), addressRules(some, ports.remembered(), renews));

  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      emit({ type: 'kernel-error', message: messageOf(error) });
    }
  };

  const settle = (): void => {
    if (isRenewing) ports.addresses.settle();
  };

  const reconcile: Holdings['reconcile'] = (now, occasion) => {
    standings = now;
    attempt(() => {
      // A master's renewal must not reach the kernel after the removal as a backup.
      settle();
      const renews = occasion === 'transition' || occasion === 'renewal';
      const renewed = renewedAt;
      if (occasion !== 'repair') renewedAt = ports.clock();
      renewal = undefined;
      shortest = undefined;
      owners.followNames();
      const actual = ports.addresses.list();
      const changes = [...changesFor(standings, renews), ...owners.removals(actual)];
      reportResults(ports.addresses.apply(changes), occasion, renewed);
    });
  };

  const renewalChanges = (): readonly Change<AddressEntry>[] => {
    const actual = ports.addresses.list();
    if (renewal?.actual !== actual) renewal = { actual, changes: changesFor(standings, true) };
    return renewal.changes;
  };

  const renew = (): void =>
    attempt(() => {
      const renewed = renewedAt;
      renewedAt = ports.clock();
      isRenewing = true;
      ports.addresses.applySoon(renewalChanges(), (results) => {
        isRenewing = false;
        reportResults(results, 'renewal', renewed);
      });
    });

  return {
    reconcile,
    settle,
    renewIfDue: (now) => {
      shortest ??= shortestRenewal();
      const isDue = Number.isFinite(shortest) && (renewedAt === undefined || elapsed(renewedAt, now) >= shortest);
      if (isDue && !isRenewing) renew();
    },
    retry: () => {
      if (!refusals.isEmpty()) reconcile(standings, 'repair');
    },
    missingOf: (standing) => {
      if (!holdsAddresses(standing.state)) return [];
      const actual = ports.addresses.list();
      if (present?.actual !== actual) present = { actual, keys: new Set(actual.map(addressKey)) };
      const { keys } = present;
      return desiredAddresses([standing])
        .filter((entry) => !keys.has(addressKey(entry)))
        .map((entry) => ({
          what: `${entry.address}/${entry.prefixLength} on ${entry.interface}`,
          why: refusals.reasonOf(addressKey(entry)) ?? 'it was removed a moment ago',
        }));
    },
    rehearse: (asMaster) =>
      ports.addresses.prepare(changesFor(asMaster, true, ports.addresses.list().slice(0, mostCompared))),
  };
};
