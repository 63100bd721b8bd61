// Whose an address in the kernel is: by interface and address, also where the interface was renamed or the prefix length is
// another. Such an address would answer beside the next master, and is removed.

import type { RouterConfig } from '../../config/model/model.ts';
import { heldAddresses, ownsAddresses } from '../../config/model/virtual-addresses.ts';
import type { Change } from '../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../kernel/route/address-entry.ts';
import type { Ports } from '../ports.ts';

export type AddressOwners = {
  /** Learns which interfaces were renamed. */
  readonly followNames: () => void;
  /** The name of the router that holds an address; of several, the first. Empty if none does. */
  readonly routerOf: (entry: AddressEntry) => string;
  /** The removals of addresses that would answer beside those that are configured. */
  readonly removals: (actual: readonly AddressEntry[]) => Change<AddressEntry>[];
};

const placeOf = (entry: Pick<AddressEntry, 'interface' | 'address'>): string => `${entry.interface} ${entry.address}`;
const removalOf = (entry: AddressEntry): Change<AddressEntry> => ({ type: 'remove', entry });

export const findAddressOwners = (
  routers: readonly RouterConfig[],
  ports: Pick<Ports, 'interfaces' | 'remembered'>,
): AddressOwners => {
  const owners = new Map(
    routers
      .toReversed()
      .flatMap((router) => heldAddresses(router).map((held) => [placeOf(held), router.name] as const)),
  );
  const homes = new Set(routers.flatMap((router) => heldAddresses(router).map((held) => held.interface)));
  /** The interfaces of the routers by index, which a new name does not change. */
  const homeOf = new Map<number, string>();
  /** Their names in the configuration, by those that they have got since. */
  let renamed: ReadonlyMap<string, string> = new Map();
  const ownerOnRenamed = (entry: AddressEntry): string | undefined => {
    const home = renamed.get(entry.interface);
    return home === undefined ? undefined : owners.get(placeOf({ ...entry, interface: home }));
  };

  /** An interface that was renamed keeps its addresses. */
  const leftOnRenamed = (actual: readonly AddressEntry[]): AddressEntry[] =>
    renamed.size === 0
      ? []
      : actual.filter((entry) => !owners.has(placeOf(entry)) && ownerOnRenamed(entry) !== undefined);

  const named = new Set(routers.flatMap((router) => heldAddresses(router).map(addressKey)));
  const shared = new Set(
    routers.filter((router) => !ownsAddresses(router)).flatMap((router) => heldAddresses(router).map(placeOf)),
  );
  /**
   * A virtual address with another length than the configured one answers as well, with no lease: added by hand, or left by
   * another program. An interface keeps its last address of a family, which may be its own.
   */
  const ofOtherLength = (actual: readonly AddressEntry[]): AddressEntry[] => {
    const isOther = (entry: AddressEntry): boolean =>
      shared.has(placeOf(entry)) && !named.has(addressKey(entry)) && !ports.remembered().has(addressKey(entry));
    const hasOwn = ({ interface: name, address }: AddressEntry): boolean =>
      actual.some(
        (one) =>
          one.interface === name && one.address.includes(':') === address.includes(':') && !owners.has(placeOf(one)),
      );
    return actual.filter((entry) => isOther(entry) && hasOwn(entry));
  };

  return {
    followNames: () => {
      const links = ports.interfaces();
      for (const { index, name } of links) if (homes.has(name)) homeOf.set(index, name);
      renamed = new Map(
        links.flatMap(({ index, name }): [string, string][] => {
          const home = homeOf.get(index);
          return home === undefined || home === name ? [] : [[name, home]];
        }),
      );
    },
    routerOf: (entry) => owners.get(placeOf(entry)) ?? ownerOnRenamed(entry) ?? '',
    removals: (actual) => [...leftOnRenamed(actual), ...ofOtherLength(actual)].map(removalOf),
  };
};
