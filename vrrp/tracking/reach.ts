// Watches what routers track in the network beyond their links: routes and neighbours.

import { messageOf } from '../../base/error.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { NetlinkSocket } from '../../kernel/netlink/socket.ts';
import { askNeighbour, readNeighbour } from '../../kernel/route/neighbours.ts';
import { watchReach } from '../../kernel/route/reach-monitor.ts';
import { interfaceTowards, listRoutes } from '../../kernel/route/routes.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { type ItemState, itemKey } from './judgement.ts';

export type ReachOptions = {
  readonly netlink: NetlinkSocket;
  /** Prefixes. */
  readonly routes: readonly string[];
  readonly neighbours: readonly IpAddress[];
  readonly onStates: (states: ReadonlyMap<string, ItemState>) => void;
  readonly onError: (message: string) => void;
};

/** Changes come in bursts: the tables are read once for all changes within this time, in milliseconds. */
const restAfterChange = 100;
/** A neighbour that receives no traffic is silent: it is probed this often, in milliseconds. */
const askEvery = 1000;

const routeStates = (netlink: NetlinkSocket, prefixes: readonly string[]): [string, ItemState][] => {
  const families = [
    ...(prefixes.some((prefix) => !prefix.includes(':')) ? (['ipv4'] as const) : []),
    ...(prefixes.some((prefix) => prefix.includes(':')) ? (['ipv6'] as const) : []),
  ];
  const routes = families.flatMap((family) => listRoutes(netlink, family));
  return prefixes.map((name) => {
    const matching = routes.filter(({ destination }) => destination === name);
    const key = itemKey({ kind: 'route', name });
    if (matching.some(({ alive }) => alive)) return [key, { state: 'up', reason: 'is there' }];
    const reason = matching.length > 0 ? 'leads to an interface without carrier' : 'is missing';
    return [key, { state: 'down', reason }];
  });
};

const neighbourState = (netlink: NetlinkSocket, address: IpAddress, ask: boolean): ItemState => {
  const index = interfaceTowards(netlink, address);
  if (index === undefined) return { state: 'down', reason: 'is out of reach: no route leads there' };
  const state = readNeighbour(netlink, address, index);
  if (ask) askNeighbour(netlink, address, index, state);
  switch (state) {
    case 'confirmed':
    case 'doubted':
      return { state: 'up', reason: 'answers' };
    case 'failed':
      return { state: 'down', reason: 'does not answer' };
    case 'absent':
    case 'asking':
      return { state: 'unknown', reason: 'has not answered yet' };
    default:
      return unreachable(state);
  }
};

/** Watches until it is closed; reports all states at once, and whenever one may have changed. */
export const watchReachability = (options: ReachOptions): { close(): void } => {
  const { netlink, routes, neighbours, onStates, onError } = options;
  if (routes.length + neighbours.length === 0) return { close: () => undefined };
  let resting: NodeJS.Timeout | undefined;
  let lastError = '';

  const look = (ask: boolean): void => {
    try {
      onStates(
        new Map([
          ...(routes.length > 0 ? routeStates(netlink, routes) : []),
          ...neighbours.map(
            (name) => [itemKey({ kind: 'neighbour', name }), neighbourState(netlink, name, ask)] as const,
          ),
        ]),
      );
      lastError = '';
    } catch (error) {
      const message = messageOf(error);
      if (message !== lastError) onError(message);
      lastError = message;
    }
  };

  const kinds = [
    ...(routes.length > 0 ? (['routes'] as const) : []),
    ...(neighbours.length > 0 ? (['neighbours'] as const) : []),
  ];
  const monitor = watchReach(kinds, () => {
    resting ??= setTimeout(() => {
      resting = undefined;
      look(false);
    }, restAfterChange);
  });
  // When a link goes down, its IPv4 routes go without a notification.
  const ticker = setInterval(() => look(true), askEvery);
  look(true);
  return {
    close: () => {
      clearTimeout(resting);
      clearInterval(ticker);
      monitor.close();
    },
  };
};
