// Reports the removal of a route or rule of this network namespace that may be regent's, and no other change.

import type { Message } from '../netlink/codec.ts';
import { watchGroups } from '../netlink/group-watch.ts';
import { ownProtocol } from './virtual-routes.ts';

// enum rtnetlink_groups: IPv4 routes and rules, IPv6 routes and rules.
const groups = [7, 8, 11, 19];
const RTM_DELROUTE = 25;
const RTM_DELRULE = 33;

const matters = ({ type, payload }: Message): boolean =>
  type === RTM_DELRULE || (type === RTM_DELROUTE && payload[5] === ownProtocol);

/** @throws KernelError when the socket cannot be opened. */
export const watchRouting = (onRemoved: () => void): { close(): void } =>
  watchGroups(groups, (turn) => {
    let isRemoved = false;
    for (const heard of turn) isRemoved ||= heard === 'lost' || heard.some(matters);
    if (isRemoved) onRemoved();
  });
