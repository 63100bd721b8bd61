// Whether neighbours get an answer for an address, by the settings of the kernel and the ways of packets through it. Pure.

import type { AddressEntry } from '../../kernel/route/address-entry.ts';
import type { Arrival } from '../../kernel/route/arrivals.ts';
import { contains, isHost, networkOf } from '../../net/cidr.ts';
import { bytesOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';

/** Settings of an interface for IPv4, as they act: the kernel takes the greater of its own and of `all`. */
export type ArpSettings = { readonly ignore: number; readonly filters: boolean; readonly isStrict: boolean };

/** Reads them. @param setting a kernel setting by its name; undefined where there is none */
export const arpSettingsOf = (setting: (name: string) => string | undefined, name: string): ArpSettings => {
  const read = (key: string): number =>
    Math.max(...['all', name].map((one) => Number(setting(`net/ipv4/conf/${one}/${key}`) ?? 0)));
  return { ignore: read('arp_ignore'), filters: read('arp_filter') > 0, isStrict: read('rp_filter') === 1 };
};

type Placed = Pick<AddressEntry, 'interface' | 'address' | 'prefixLength' | 'scope'>;

const isSameFamily = (one: IpAddress, other: IpAddress): boolean => one.includes(':') === other.includes(':');

/** The address after or before another: the last byte alone changes. */
const beside = (address: IpAddress, by: 1 | -1): IpAddress => {
  const bytes = bytesOf(address);
  const last = bytes.length - 1;
  bytes[last] = ((bytes[last] ?? 0) + by) & 0xff;
  return formatAddress(bytes);
};

/** The first and the last address of a subnet: of IPv4 the network and the broadcast. */
const isEdge = (subnet: Placed, address: IpAddress): boolean => {
  const hostBits = (index: number): number => 0xff >> Math.min(8, Math.max(0, subnet.prefixLength - index * 8));
  const last = bytesOf(networkOf(subnet)).map((byte, index) => byte | hostBits(index));
  return address === networkOf(subnet) || address === formatAddress(last);
};

/**
 * An address that a neighbour on the link may have, as the sender of a question: beside one of this host's own in a connected
 * subnet; undefined where the link has none.
 * @param names the interfaces whose subnets count, the best first.
 */
export const neighbourOf = (
  held: Placed,
  names: readonly string[],
  entries: readonly Placed[],
): IpAddress | undefined => {
  const own = new Set(entries.map(({ address }) => address));
  for (const name of names) {
    for (const subnet of entries) {
      if (subnet.interface !== name || !isSameFamily(subnet.address, held.address) || isHost(subnet)) continue;
      const found = ([1, -1] as const)
        .map((by) => beside(subnet.address, by))
        .find((one) => contains(subnet, one) && !isEdge(subnet, one) && !own.has(one) && one !== held.address);
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

/** How the kernel takes a neighbour's packets, and by which interface it would answer its ARP where arp_filter asks. */
export type Way = {
  readonly neighbour: IpAddress;
  readonly arrival: Arrival;
  readonly answersBy: number | undefined;
};

/** Why packets of neighbours do not arrive; undefined where they do. @param settings of IPv4 */
export const whyNoWay = (
  { neighbour, arrival, answersBy }: Way,
  settings: ArpSettings | undefined,
  link: { readonly name: string; readonly index: number },
): string | undefined => {
  if (arrival === 'elsewhere')
    return `packets from ${neighbour} to it are routed on: a rule or route comes before the local one`;
  if (arrival === 'refused')
    return settings?.isStrict
      ? `packets from ${neighbour} by ${link.name} are dropped: net.ipv4.conf.${link.name}.rp_filter is strict (1), and the way back leaves by another interface`
      : `packets from ${neighbour} by ${link.name} are dropped: the kernel has no way back, or a rule forbids it (ip rule)`;
  return settings?.filters && answersBy !== link.index
    ? `ARP of ${neighbour} is not answered: net.ipv4.conf.${link.name}.arp_filter is 1, and the way back leaves by another interface`
    : undefined;
};

/** The greatest number of a scope that arp_ignore 3 answers for (RT_SCOPE_LINK). */
const hasHostScope = ({ scope }: Placed): boolean => scope === 'host';

/** Why arp_ignore leaves questions for an address unanswered (ip-sysctl.rst); undefined where it does not. */
export const whyNoArp = (
  held: Placed,
  { ignore }: Pick<ArpSettings, 'ignore'>,
  entries: readonly Placed[],
): string | undefined => {
  const text = `ARP is not answered: net.ipv4.conf.${held.interface}.arp_ignore, or that of all, is ${ignore}`;
  if (ignore === 8) return `${text}, for no address`;
  if (ignore === 3) return hasHostScope(held) ? `${text}, for no address of scope host` : undefined;
  if (ignore !== 2) return undefined;
  const isInSubnet = entries.some(
    (one) => one.interface === held.interface && !isHost(one) && contains(one, held.address),
  );
  return isInSubnet ? undefined : `${text}, and no subnet of ${held.interface} holds both it and its neighbours`;
};
