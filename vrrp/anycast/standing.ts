// The anycast addresses of this host: each is announced, drained (withdrawn, yet served) or released. Pure.

import { type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { Change, DiffRules } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey, hasSameTraits, isPreferredAlike } from '../../kernel/route/address-entry.ts';
import type { Cidr } from '../../net/cidr.ts';

/**
 * What the controller wants of an address. Drain: withdraw it, serve it for its drain time, then release it. Keep: the controller
 * does not know yet, and it stays as it is.
 */
export type AnycastWish = 'announce' | 'drain' | 'release' | 'keep';

export type AnycastOrder = {
  readonly name: string;
  readonly addresses: readonly Cidr[];
  readonly wish: AnycastWish;
  /** The reason, for the log. */
  readonly why: string;
  readonly drain: Milliseconds;
};

/** All that the controller wants. */
export type AnycastOrders = {
  readonly interface: string;
  /** Lifetime of the addresses in the kernel. */
  readonly lease: Milliseconds;
  readonly entries: readonly AnycastOrder[];
};

export type AnycastState = 'announced' | 'draining' | 'released';

/** An address with its state; it outlives its entry in the configuration until it is drained. */
export type Anycast = {
  readonly name: string;
  readonly cidr: Cidr;
  readonly state: AnycastState;
  readonly since: Instant;
  readonly drain: Milliseconds;
  readonly why: string;
};

/** Serves what is no longer announced. */
export const drainInterface = 'lo';

/** Addresses of this host's own on lo have no lifetime. */
const isLeased = ({ lifetime }: AddressEntry): boolean => lifetime !== 'forever';

/** Addresses that a process finds in the kernel stay: a crash or an upgrade withdraws nothing. */
const stateIn = (actual: readonly AddressEntry[], { address }: Cidr, announcing: string): AnycastState => {
  const isOn = (place: string): boolean =>
    actual.some((entry) => entry.address === address && entry.interface === place && isLeased(entry));
  if (isOn(announcing)) return 'announced';
  return isOn(drainInterface) ? 'draining' : 'released';
};

const followed = (state: AnycastState, wish: AnycastWish): AnycastState => {
  switch (wish) {
    case 'announce':
      return 'announced';
    case 'drain':
      return state === 'announced' ? 'draining' : state;
    case 'release':
      return 'released';
    case 'keep':
      return state;
  }
};

/** When its drain ends; undefined while it does not drain. */
export const drainEnd = ({ state, since, drain }: Anycast): Instant | undefined =>
  state === 'draining' ? later(since, drain) : undefined;

/** The same in its next state, or released once it is drained. */
const change = (one: Anycast, state: AnycastState, now: Instant): Anycast => {
  const next = state === one.state ? one : { ...one, state, since: now };
  const end = drainEnd(next);
  return end === undefined || end > now ? next : { ...next, state: 'released', since: now };
};

/** @param actual the kernel's addresses: the states of those that this process does not know yet */
export const stepAnycast = (
  before: readonly Anycast[],
  orders: AnycastOrders,
  actual: readonly AddressEntry[],
  now: Instant,
): Anycast[] => {
  const known = new Map(before.map((one) => [one.cidr.address, one]));
  const ordered = orders.entries.flatMap(({ addresses, wish, ...rest }) =>
    addresses.map((cidr) => {
      const { name, why, drain } = rest;
      const { state, since } = known.get(cidr.address) ?? {
        state: stateIn(actual, cidr, orders.interface),
        since: now,
      };
      known.delete(cidr.address);
      return change({ name, cidr, state, since, drain, why }, followed(state, wish), now);
    }),
  );
  // An address that is no longer configured drains as before, then is forgotten.
  const leaving = [...known.values()]
    .map((one) => change({ ...one, why: 'it is no longer configured' }, followed(one.state, 'drain'), now))
    .filter(({ state }) => state !== 'released');
  return [...ordered, ...leaving];
};

/** When time alone changes something: the earliest end of a drain. */
export const nextDrainEnd = (all: readonly Anycast[]): Instant | undefined =>
  all
    .flatMap((one) => drainEnd(one) ?? [])
    .reduce<Instant | undefined>((first, end) => (first === undefined || end < first ? end : first), undefined);

/** The addresses that the kernel should hold: with a lease, so that a dead director is withdrawn. */
export const anycastEntries = (
  all: readonly Pick<Anycast, 'cidr' | 'state'>[],
  { interface: announcing, lease }: Pick<AnycastOrders, 'interface' | 'lease'>,
): AddressEntry[] =>
  all
    .filter(({ state }) => state !== 'released')
    .map(({ cidr, state }) => ({
      ...cidr,
      interface: state === 'announced' ? announcing : drainInterface,
      lifetime: lease / 1000,
    }));

/** The keys of all addresses that the orders may put into the kernel. */
export const anycastKeys = ({ interface: announcing, entries }: AnycastOrders): string[] =>
  entries.flatMap(({ addresses }) =>
    addresses.flatMap((cidr) => [announcing, drainInterface].map((place) => addressKey({ ...cidr, interface: place }))),
  );

/**
 * The rules by which actual addresses become desired ones. On lo, where other programs have addresses, only what has a lease is
 * regent's.
 * @param owned keys that these orders or earlier ones name
 * @param renews whether leases are extended in this turn
 */
export const anycastRules = (owned: ReadonlySet<string>, renews: boolean): DiffRules<AddressEntry> => ({
  keyOf: addressKey,
  isSame: (actual, desired) =>
    (actual.interface === drainInterface && !isLeased(actual)) ||
    (hasSameTraits(actual, desired) && isPreferredAlike(actual, desired) && !renews && isLeased(actual)),
  isOurs: (entry) => owned.has(addressKey(entry)) && (entry.interface !== drainInterface || isLeased(entry)),
});

/**
 * Removals before additions, in one batch: FRR 8.4 goes on announcing an address that is added to lo while the announcing
 * interface holds it, and announces no address that returns while lo holds it.
 */
export const withdrawnFirst = (changes: readonly Change<AddressEntry>[]): Change<AddressEntry>[] => [
  ...changes.filter(({ type }) => type === 'remove'),
  ...changes.filter(({ type }) => type !== 'remove'),
];

/** How often leases are renewed. */
export const renewalOf = ({ lease }: Pick<AnycastOrders, 'lease'>): Milliseconds => milliseconds(lease / 3);
