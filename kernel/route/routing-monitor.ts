// Reports the removal of a route or rule of this network namespace that may be regent's, or that leads to its own addresses, and
// no other change.

import { formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { decodeAttributes, isMalformed, type Message } from '../netlink/codec.ts';
import { watchGroups } from '../netlink/group-watch.ts';
import { ownProtocol } from './virtual-routes.ts';

// enum rtnetlink_groups: IPv4 routes and rules, IPv6 routes and rules.
const groups = [7, 8, 11, 19];
const RTM_DELROUTE = 25;
const RTM_DELRULE = 33;
const RTN_LOCAL = 2;
const headerLength = 12;

const matters = ({ type, payload }: Message): boolean =>
  type === RTM_DELRULE || (type === RTM_DELROUTE && payload[5] === ownProtocol);

/** The address that a removed route of the kernel's own led to; such a route goes with its address, too. */
const localIn = ({ type, payload }: Message): readonly IpAddress[] => {
  if (type !== RTM_DELROUTE || payload[7] !== RTN_LOCAL) return [];
  const attributes = decodeAttributes({ destination: [1, 'bytes'] } as const, payload.subarray(headerLength));
  const bytes = isMalformed(attributes) ? undefined : attributes.destination;
  return bytes?.length === 4 || bytes?.length === 16 ? [formatAddress(bytes)] : [];
};

/**
 * @param onLocalRemoved called with addresses of this host to which a route was removed; with none where a rule was.
 * @throws KernelError when the socket cannot be opened.
 */
export const watchRouting = (
  onRemoved: () => void,
  onLocalRemoved: (addresses: ReadonlySet<IpAddress>) => void,
): { close(): void } =>
  watchGroups(groups, (turn) => {
    let isRemoved = false;
    const local = new Set<IpAddress>();
    for (const heard of turn) {
      isRemoved ||= heard === 'lost' || heard.some(matters);
      if (heard !== 'lost') for (const address of heard.flatMap(localIn)) local.add(address);
    }
    if (isRemoved) onRemoved();
    if (isRemoved || local.size > 0) onLocalRemoved(local);
  });
