// What a machine's kernel has for its routers: addresses with leases that end by themselves, up to a second late, whatever its
// processes do; interfaces with virtual MACs; routes and rules.

import type { Change } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../kernel/route/address-entry.ts';
import { type MacvlanEntry, macvlanKey } from '../../kernel/route/macvlans.ts';
import { type RouteEntry, routeKey } from '../../kernel/route/virtual-routes.ts';
import { type RuleEntry, ruleKey } from '../../kernel/route/virtual-rules.ts';
import type { AddressResult, PathTable } from '../../vrrp/ports.ts';
import type { MachineClock } from './clock.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

type Held = { readonly entry: AddressEntry; endsAt: number; isWatched: boolean };

type Table<Entry> = PathTable<Entry> & { readonly clear: () => void };

export type Kernel = {
  readonly list: () => readonly AddressEntry[];
  /** Whether it answers for a virtual address. */
  readonly holds: (address: string) => boolean;
  /** How long the lease of an address still lasts, in milliseconds; undefined where it is not held. */
  readonly leaseOf: (address: string) => number | undefined;
  readonly apply: (changes: readonly Change<AddressEntry>[]) => AddressResult[];
  readonly macvlans: PathTable<MacvlanEntry>;
  readonly routes: PathTable<RouteEntry>;
  readonly rules: PathTable<RuleEntry>;
  /** Removes all addresses, routes and rules, as by hand. */
  readonly clear: () => void;
  /** The machine has lost its power. */
  readonly reset: () => void;
  /** Leases go on after a pause of the machine. */
  readonly resume: () => void;
  isRefusing: boolean;
};

type KernelOptions = {
  readonly time: Time;
  readonly clock: MachineClock;
  readonly random: Random;
  readonly onChange: () => void;
  readonly onExpiry: (address: string) => void;
};

export const createKernel = ({ time, clock, random, onChange, onExpiry }: KernelOptions): Kernel => {
  const held = new Map<string, Held>();
  const state = { isRefusing: false };
  /** The same array until it changes, as the mirror of the kernel keeps it. */
  let listed: readonly AddressEntry[] | undefined;

  const watch = (key: string, one: Held): void => {
    if (one.isWatched || !Number.isFinite(one.endsAt)) return;
    one.isWatched = true;
    time.at(clock.worldTimeOf(one.endsAt), () => {
      one.isWatched = false;
      if (held.get(key) !== one || clock.isPaused()) return;
      if (clock.now() < one.endsAt - 0.001) return watch(key, one);
      held.delete(key);
      listed = undefined;
      onChange();
      onExpiry(one.entry.address);
    });
  };

  const grant = (entry: AddressEntry): void => {
    const key = addressKey(entry);
    const { lifetime } = entry;
    const endsAt = lifetime === 'forever' ? lifetime : clock.now() + lifetime * 1000 + random.between(0, 1000);
    const before = held.get(key);
    const one: Held = { entry, endsAt: endsAt === 'forever' ? Number.POSITIVE_INFINITY : endsAt, isWatched: false };
    if (before?.isWatched === true && before.entry.lifetime === lifetime) before.endsAt = one.endsAt;
    else {
      held.set(key, one);
      listed = undefined;
      watch(key, one);
    }
    if (before === undefined) onChange();
  };

  const createTable = <Entry>(
    keyOf: (entry: Entry) => string,
    isRelease: (change: Change<Entry>) => boolean = ({ type }) => type === 'remove',
    asMade: (entry: Entry) => Entry = (entry) => entry,
    onTaken?: (change: Change<Entry>) => void,
  ): Table<Entry> => {
    const entries = new Map<string, Entry>();
    let all: readonly Entry[] = [];
    return {
      list: () => all,
      clear: () => {
        entries.clear();
        all = [];
      },
      apply: (changes) =>
        changes.map((change) => {
          const { entry, type } = change;
          if (state.isRefusing && !isRelease(change))
            return { change, error: { message: `Cannot add ${keyOf(entry)}: EPERM` } };
          if (type === 'remove') entries.delete(keyOf(entry));
          else entries.set(keyOf(entry), type === 'add' ? asMade(entry) : entry);
          all = [...entries.values()];
          onTaken?.(change);
          return { change, error: undefined };
        }),
    };
  };

  // Its addresses go with an interface.
  const followMacvlan = ({ type, entry }: Change<MacvlanEntry>): void => {
    if (type === 'remove') for (const [key, one] of held) if (one.entry.interface === entry.name) held.delete(key);
    listed = undefined;
    onChange();
  };
  const isLowered = ({ type, entry }: Change<MacvlanEntry>): boolean =>
    type === 'remove' || (type === 'update' && !entry.up);
  const macvlans = createTable(macvlanKey, isLowered, (entry) => ({ ...entry, up: false }), followMacvlan);
  const routes = createTable(routeKey);
  const rules = createTable(ruleKey);
  const isOnDownedLink = (entry: AddressEntry): boolean =>
    macvlans.list().some(({ name, up }) => name === entry.interface && !up);

  const clear = (): void => {
    held.clear();
    listed = undefined;
    routes.clear();
    rules.clear();
    onChange();
  };

  return Object.assign(state, {
    macvlans,
    routes,
    rules,
    list: () => {
      listed ??= [...held.values()].map(({ entry }) => entry);
      return listed;
    },
    holds: (address: string) =>
      [...held.values()].some(({ entry }) => entry.address === address && !isOnDownedLink(entry)),
    leaseOf: (address: string) => {
      const found = [...held.values()].find(({ entry }) => entry.address === address);
      return found && found.endsAt - clock.now();
    },
    apply: (changes: readonly Change<AddressEntry>[]) =>
      changes.map((change) => {
        const { entry, type } = change;
        if (type === 'remove') {
          if (held.delete(addressKey(entry))) {
            listed = undefined;
            onChange();
          }
          return { change, error: undefined };
        }
        if (state.isRefusing) return { change, error: { message: `Cannot add ${entry.address}: EPERM` } };
        grant(entry);
        return { change, error: undefined };
      }),
    clear,
    reset: () => {
      macvlans.clear();
      clear();
    },
    resume: () => {
      for (const [key, one] of held) watch(key, one);
    },
  });
};
