// Executes the last will of a dead vrrp process: removes its addresses and sends its final advertisements.

import { messageOf } from '../../base/error.ts';
import { NETLINK_ROUTE, openNetlink } from '../../kernel/netlink/socket.ts';
import { openAddressTable } from '../../kernel/route/addresses.ts';
import { applyVirtualRoutes } from '../../kernel/route/virtual-routes.ts';
import { applyVirtualRules } from '../../kernel/route/virtual-rules.ts';
import { openVrrpSocket } from '../../kernel/sockets/open-vrrp-socket.ts';
import type { Farewell, LastWill } from '../../vrrp/messages.ts';
import type { Log } from '../log/log.ts';

const sendFarewell = ({ interface: name, interfaceIndex, family, source, destination, payload }: Farewell): void => {
  const ignore = (): void => undefined;
  const socket = openVrrpSocket({
    family,
    interface: name,
    interfaceIndex,
    joinsGroup: false,
    onPackets: ignore,
    onDrop: ignore,
    onError: ignore,
  });
  try {
    socket.send(Buffer.from(payload, 'base64'), { source, destination });
  } finally {
    socket.close();
  }
};

/**
 * Rules, routes and addresses first, then the priority-0 advertisements: a successor may become master once it hears them.
 * @returns what was done, as text.
 */
export const executeWill = (will: LastWill, log: Log): string => {
  const netlink = openNetlink(NETLINK_ROUTE);
  const routing = [
    ...applyVirtualRules(
      netlink,
      will.rules.map((entry) => ({ type: 'remove', entry })),
    ),
    ...applyVirtualRoutes(
      netlink,
      will.routes.map((entry) => ({ type: 'remove', entry })),
    ),
  ];
  netlink.close();
  const table = openAddressTable();
  const results = table.apply(will.addresses.map((entry) => ({ type: 'remove', entry })));
  table.close();
  for (const { error } of [...routing, ...results])
    if (error !== undefined) log('error', { process: 'vrrp', event: 'last-will-failed' }, error.message);
  for (const farewell of will.farewells) {
    try {
      sendFarewell(farewell);
    } catch (error) {
      log('error', { process: 'vrrp', subject: farewell.router, event: 'last-will-failed' }, messageOf(error));
    }
  }
  return `removed ${will.addresses.length} addresses and sent ${will.farewells.length} farewells in its name`;
};
