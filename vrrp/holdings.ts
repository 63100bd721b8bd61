// The addresses that this host holds for its routers: made what the states say, renewed while they are lent, and put back.

import type { RouterConfig } from '../config/model.ts';
import { elapsed, type Instant } from '../config/units.ts';
import { heldAddresses } from '../config/virtual-addresses.ts';
import type { AddressEntry } from '../kernel/addresses.ts';
import { type Change, diff } from '../kernel/diff.ts';
import { addressRules, desiredAddresses, leaseOf, type Standing } from './desired.ts';
import { holdsAddresses } from './election.ts';
import type { VrrpEventBody } from './messages.ts';
import type { Ports } from './ports.ts';

/**
 * Why addresses are looked at: a router changed its state, a lease is due, the network changed, or the process has just begun.
 * What is missing in a renewal or a repair was removed by somebody else.
 */
export type Occasion = 'transition' | 'renewal' | 'repair' | 'start';

export type Holdings = {
  /** The only way of an address to the kernel. */
  readonly reconcile: (occasion: Occasion) => void;
  /** Renews all leases in one batch, at most once in a third of the shortest. */
  readonly renewIfDue: (now: Instant) => void;
  /** Computes what a master of everything would change, and changes nothing. */
  readonly rehearse: (asMaster: readonly Standing[]) => void;
};

type HoldingsOptions = {
  readonly routers: readonly RouterConfig[];
  readonly ports: Pick<Ports, 'clock' | 'addresses' | 'remembered'>;
  readonly standings: () => readonly Standing[];
  readonly emit: (event: VrrpEventBody) => void;
  /** Addresses of this router were missing and are back. */
  readonly onRestored: (router: string) => void;
};

export const createHoldings = ({ routers, ports, standings, emit, onRestored }: HoldingsOptions): Holdings => {
  let renewedAt: Instant | undefined;
  /** The kernel's addresses as last read; none once they were changed. */
  let known: readonly AddressEntry[] | undefined;

  const routerOf = (entry: AddressEntry): string =>
    routers.find((router) =>
      heldAddresses(router).some((held) => held.interface === entry.interface && held.address === entry.address),
    )?.name ?? '';

  const apply = (changes: readonly Change<AddressEntry>[], occasion: Occasion): void => {
    const isRepair = occasion === 'repair' || occasion === 'renewal';
    const restored = new Set<string>();
    for (const { change, error } of ports.addresses.apply(changes)) {
      const { entry } = change;
      const router = routerOf(entry);
      const place = { router, interface: entry.interface, address: `${entry.address}/${entry.prefixLength}` };
      if (error !== undefined) emit({ type: 'kernel-error', router, message: error.message });
      else if (change.type === 'add') {
        if (isRepair) restored.add(router);
        emit({ type: 'address', ...place, change: isRepair ? 'restored' : 'added' });
      } else if (change.type === 'remove') {
        if (occasion === 'start') emit({ type: 'address', ...place, change: 'adopted' });
        emit({ type: 'address', ...place, change: 'removed' });
      }
    }
    for (const router of restored) onRestored(router);
  };

  const reconcile = (occasion: Occasion): void => {
    const now = ports.clock();
    try {
      const renews = occasion === 'transition' || occasion === 'renewal';
      const rules = addressRules(standings(), ports.remembered(), renews);
      // A takeover trusts what was read after the last change of the network, which it is told of: reading anew would delay it.
      const actual = occasion === 'transition' && known !== undefined ? known : ports.addresses.list();
      const changes = diff(actual, desiredAddresses(standings()), rules);
      if (occasion !== 'repair') renewedAt = now;
      known = changes.length === 0 ? actual : undefined;
      apply(changes, occasion);
    } catch (error) {
      emit({ type: 'kernel-error', message: error instanceof Error ? error.message : String(error) });
    }
  };

  return {
    reconcile,
    renewIfDue: (now) => {
      const leases = standings().flatMap(({ config, state }) =>
        holdsAddresses(state) ? [leaseOf(config) ?? Number.POSITIVE_INFINITY] : [],
      );
      const third = (Math.min(...leases) * 1000) / 3;
      if (Number.isFinite(third) && (renewedAt === undefined || elapsed(renewedAt, now) >= third)) reconcile('renewal');
    },
    rehearse: (asMaster) => {
      known = ports.addresses.list();
      const rules = addressRules(asMaster, ports.remembered(), true);
      ports.addresses.prepare(diff(known, desiredAddresses(asMaster), rules));
    },
  };
};
