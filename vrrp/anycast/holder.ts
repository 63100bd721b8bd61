// Holds this host's anycast addresses as the controller orders: on regent's dummy while announced, on lo while drained.

import { createBus } from '../../base/bus.ts';
import { messageOf } from '../../base/error.ts';
import { elapsed, type Instant, later } from '../../base/units.ts';
import { type Change, diff } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../kernel/route/address-entry.ts';
import type { DummyEntry } from '../../kernel/route/dummies.ts';
import { formatCidr } from '../../net/cidr.ts';
import type { VrrpEventBody } from '../events.ts';
import type { HoldingsRecord } from '../holdings/record.ts';
import { createKernelRefusals } from '../holdings/refusals.ts';
import type { AddressResult, PathTable, Ports } from '../ports.ts';
import type { AnycastHeld } from '../status.ts';
import { createAnycastLink } from './link.ts';
import {
  type Anycast,
  type AnycastOrders,
  anycastEntries,
  anycastKeys,
  anycastRules,
  drainEnd,
  nextDrainEnd,
  renewalOf,
  stepAnycast,
  withdrawnFirst,
} from './standing.ts';

export type AnycastHolder = {
  readonly follow: (orders: AnycastOrders, recordPath: string) => void;
  /** Interfaces or addresses of the host have changed. */
  readonly networkChanged: () => void;
  /** Retries what the kernel refused. */
  readonly retry: () => void;
  /** Removes all addresses and the interface at once. */
  readonly release: () => void;
  /** Leaves all to the next process on this host, with a whole lease. */
  readonly handOff: () => void;
  /** Calls `onChange` with the current states, if there is anything to hold. */
  readonly tell: () => void;
};

export type AnycastHolderOptions = {
  readonly ports: Pick<Ports, 'clock' | 'at' | 'interfaces' | 'setSysctl'>;
  /** With a netlink socket of its own, so that renewals of routers' leases and these do not wait for each other. */
  readonly addresses: Pick<Ports['addresses'], 'list' | 'apply' | 'applySoon' | 'settle'>;
  readonly dummies: PathTable<DummyEntry>;
  readonly record: HoldingsRecord;
  readonly emit: (event: VrrpEventBody) => void;
  /** Called when states have changed. */
  readonly onChange: (held: AnycastHeld) => void;
};

export const createAnycastHolder = (options: AnycastHolderOptions): AnycastHolder => {
  const { ports, addresses, record, emit, onChange } = options;
  const link = createAnycastLink(options);
  const refusals = createKernelRefusals(emit);
  let orders: AnycastOrders | undefined;
  let all: readonly Anycast[] = [];
  let renewedAt: Instant | undefined;
  let cancel = (): void => undefined;
  const due = createBus<void>();

  const nameOf = ({ address }: Pick<AddressEntry, 'address'>): string =>
    all.find(({ cidr }) => cidr.address === address)?.name ?? '';

  /** One event for each entry whose state has changed. */
  const tell = (before: readonly Anycast[], after: readonly Anycast[]): void => {
    const was = new Map(before.map((one) => [one.cidr.address, one.state]));
    const isNow = new Set(after.map(({ cidr }) => cidr.address));
    const gone = before
      .filter(({ cidr }) => !isNow.has(cidr.address))
      .map((one) => ({ ...one, state: 'released' as const }));
    const changed = [...after, ...gone].filter(({ cidr, state }) => (was.get(cidr.address) ?? 'released') !== state);
    for (const name of new Set(changed.map((one) => one.name))) {
      const own = changed.filter((one) => one.name === name);
      for (const state of new Set(own.map((one) => one.state))) {
        const some = own.filter((one) => one.state === state);
        const [{ why, drain } = { why: '', drain: undefined }] = some;
        const texts = some.map(({ cidr }) => formatCidr(cidr));
        emit({
          type: `anycast-${state}`,
          anycast: name,
          addresses: texts,
          why,
          ...(state === 'draining' && { drain }),
        });
      }
    }
  };

  const report = (results: readonly AddressResult[], isRepair: boolean): void => {
    for (const { change, error } of results) {
      const { entry, type } = change;
      const key = addressKey(entry);
      if (error !== undefined) {
        refusals.refused(key, nameOf(entry), error.message);
        continue;
      }
      const wasRefused = refusals.taken(key);
      if (type === 'add' && isRepair && !wasRefused)
        emit({
          type: 'anycast-restored',
          anycast: nameOf(entry),
          addresses: [formatCidr(entry)],
          interface: entry.interface,
        });
    }
  };

  const changesNow = (wanted: AnycastOrders, renews: boolean): Change<AddressEntry>[] => {
    const desired = anycastEntries(all, wanted).filter(
      (entry) => entry.interface !== wanted.interface || link.fault() === undefined,
    );
    refusals.keepOnly(new Set(desired.map(addressKey)));
    return withdrawnFirst(diff(addresses.list(), desired, anycastRules(record.keys(), renews)));
  };

  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      emit({ type: 'kernel-error', message: messageOf(error) });
    }
  };

  const arm = (): void => {
    cancel();
    cancel = () => undefined;
    const held = all.filter(({ state }) => state !== 'released');
    if (orders === undefined || held.length === 0) return;
    const renewal = later(renewedAt ?? ports.clock(), renewalOf(orders));
    const end = nextDrainEnd(held);
    cancel = ports.at(end !== undefined && end < renewal ? end : renewal, () => due.send(), false);
  };

  /** @param isRepair whether what is missing was there: another program removed it, or its lease has run out */
  const reconcile = (renews: boolean, isRepair: boolean): void => {
    const wanted = orders;
    if (wanted === undefined) return;
    const isWanted = wanted.entries.length > 0 || all.length > 0;
    attempt(() => {
      addresses.settle();
      if (isWanted) link.raise(wanted.interface);
      if (renews) renewedAt = ports.clock();
      report(addresses.apply(changesNow(wanted, renews)), isRepair);
      link.lower(isWanted ? wanted.interface : undefined);
    });
    arm();
  };

  const renew = (wanted: AnycastOrders): void => {
    attempt(() => {
      renewedAt = ports.clock();
      addresses.applySoon(changesNow(wanted, true), (results) => report(results, true));
    });
    arm();
  };

  /** @returns whether a state has changed */
  const step = (wanted: AnycastOrders): boolean => {
    const before = all;
    all = stepAnycast(before, wanted, addresses.list(), ports.clock());
    tell(before, all);
    return all.length !== before.length || all.some(({ state }, index) => state !== before[index]?.state);
  };

  const held = (wanted: AnycastOrders): AnycastHeld => {
    const present = new Set(addresses.list().map(addressKey));
    const now = ports.clock();
    const fault = link.fault();
    return {
      interface: wanted.interface,
      lease: wanted.lease,
      ...(fault !== undefined && { fault }),
      addresses: all.map((one) => {
        const missing = anycastEntries([one], wanted)
          .map(addressKey)
          .filter((key) => !present.has(key));
        const end = drainEnd(one);
        return {
          name: one.name,
          address: formatCidr(one.cidr),
          state: one.state,
          lasted: elapsed(one.since, now),
          ...(end !== undefined && { left: elapsed(now, end) }),
          ...(missing.length > 0 && {
            missing: refusals.reasonOf(missing[0] ?? '') ?? fault ?? 'it was removed a moment ago',
          }),
        };
      }),
    };
  };
  const tellHeld = (): void =>
    attempt(() => {
      if (orders !== undefined) onChange(held(orders));
    });

  due.handle(() => {
    const wanted = orders;
    if (wanted === undefined) return;
    let isChanged = false;
    attempt(() => {
      isChanged = step(wanted);
    });
    if (isChanged) {
      reconcile(true, false);
      tellHeld();
    } else renew(wanted);
  });

  return {
    follow: (next, recordPath) => {
      record.claim(recordPath, anycastKeys(next));
      orders = next;
      attempt(() => step(next));
      reconcile(true, false);
      tellHeld();
    },
    networkChanged: () => reconcile(false, true),
    retry: () => {
      if (!refusals.isEmpty() || link.fault() !== undefined) reconcile(false, true);
    },
    release: () => {
      if (orders === undefined) return;
      tell(all, []);
      orders = { ...orders, entries: [] };
      all = [];
      reconcile(false, false);
    },
    handOff: () => {
      reconcile(true, true);
      cancel();
      orders = undefined;
    },
    tell: tellHeld,
  };
};
