// The addresses in a machine's kernel: with leases that end by themselves, up to a second late, whatever its processes do.

import type { Change } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../kernel/route/addresses.ts';
import type { AddressResult } from '../../vrrp/ports.ts';
import type { MachineClock } from './clock.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

type Held = { readonly entry: AddressEntry; endsAt: number; isWatched: boolean };

export type Kernel = {
  readonly list: () => readonly AddressEntry[];
  /** Whether it answers for a virtual address. */
  readonly holds: (address: string) => boolean;
  /** How long the lease of an address still lasts, in milliseconds; undefined where it is not held. */
  readonly leaseOf: (address: string) => number | undefined;
  readonly apply: (changes: readonly Change<AddressEntry>[]) => AddressResult[];
  /** Removes all addresses: by hand, or because the machine lost its power. */
  readonly clear: () => void;
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

  const watch = (key: string, one: Held): void => {
    if (one.isWatched || !Number.isFinite(one.endsAt)) return;
    one.isWatched = true;
    time.at(clock.worldTimeOf(one.endsAt), () => {
      one.isWatched = false;
      if (held.get(key) !== one || clock.isPaused()) return;
      if (clock.now() < one.endsAt - 0.001) return watch(key, one);
      held.delete(key);
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
      watch(key, one);
    }
    if (before === undefined) onChange();
  };

  const kernel: Kernel = {
    isRefusing: false,
    list: () => [...held.values()].map(({ entry }) => entry),
    holds: (address) => [...held.values()].some(({ entry }) => entry.address === address),
    leaseOf: (address) => {
      const found = [...held.values()].find(({ entry }) => entry.address === address);
      return found && found.endsAt - clock.now();
    },
    apply: (changes) =>
      changes.map((change) => {
        const { entry, type } = change;
        if (type === 'remove') {
          if (held.delete(addressKey(entry))) onChange();
          return { change, error: undefined };
        }
        if (kernel.isRefusing) return { change, error: { message: `Cannot add ${entry.address}: EPERM` } };
        grant(entry);
        return { change, error: undefined };
      }),
    clear: () => {
      held.clear();
      onChange();
    },
    resume: () => {
      for (const [key, one] of held) watch(key, one);
    },
  };
  return kernel;
};
