// The kernel's IPVS as the director uses it, played on plain maps: each command is looked at, and any may be refused.

import type { IpvsChanges } from '../../../../kernel/ipvs/changes.ts';
import { type Statistics, serviceKey } from '../../../../kernel/ipvs/entries.ts';
import type { Ipvs, IpvsChange } from '../../../../kernel/ipvs/table.ts';
import { KernelError } from '../../../../kernel/system/error.ts';
import { play, type Table } from './played-table.ts';

export type PlayedIpvs = Pick<Ipvs, 'services' | 'list' | 'settings' | 'read' | 'apply'> & {
  readonly table: Table;
  /** Established connections of every destination. */
  setConnections(count: number): void;
  /** Refuses every command while set. */
  refuse(isRefusing: boolean): void;
  /** How often a service was read. */
  reads(): number;
};

const statistics: Statistics = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };

const keyParts = ({ service, address, port }: { service: unknown; address: string; port: number }) => [
  service,
  address,
  port,
];

/** What the kernel makes of a change of what has come or gone meanwhile, as `Ipvs.apply` settles it. */
const settled = (table: Table, change: IpvsChange): IpvsChanges => {
  const isThere = (changed: IpvsChange): boolean =>
    'service' in changed.entry
      ? [...table.destinations.values()].some(
          (entry) => JSON.stringify(keyParts(entry)) === JSON.stringify(keyParts(changed.entry as never)),
        )
      : table.services.has(serviceKey(changed.entry));
  const type = change.type === 'remove' ? 'remove' : isThere(change) ? 'update' : 'add';
  const done = { ...change, type, from: change.entry } as never;
  if (type === 'remove' && !isThere(change)) return { services: [], destinations: [] };
  return 'service' in change.entry ? { services: [], destinations: [done] } : { services: [done], destinations: [] };
};

const inHex = (address: string, port: number): string =>
  `${Buffer.from(address.split('.').map(Number)).toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`;

/** As the kernel writes it, of TCP over IPv4 by masquerading. */
const listingOf = ({ services, destinations }: Table, connections: number): string => {
  const rows = new Map<string, string>();
  for (const { service, address, port, weight } of destinations.values()) {
    const key = serviceKey(service);
    const counts = `${String(weight).padEnd(6)} ${String(connections).padEnd(10)} 0         `;
    rows.set(key, `${rows.get(key) ?? ''}  -> ${inHex(address, port)}      Masq    ${counts}\n`);
  }
  return [
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n',
    '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n',
    ...[...services.values()].flatMap((service) =>
      'firewallMark' in service
        ? []
        : [
            `TCP  ${inHex(service.address, service.port)} ${service.scheduler}  \n`,
            rows.get(serviceKey(service)) ?? '',
          ],
    ),
  ].join('');
};

/** @param isListing whether it shows /proc/net/ip_vs */
export const playIpvs = (look: (table: Table) => void = () => undefined, isListing = true): PlayedIpvs => {
  const table: Table = { services: new Map(), destinations: new Map() };
  let connections = 0;
  let isRefusing = false;
  let readings = 0;
  return {
    table,
    setConnections: (count) => {
      connections = count;
    },
    refuse: (wanted) => {
      isRefusing = wanted;
    },
    reads: () => readings,
    services: () => [...table.services.values()].map((entry) => ({ ...entry, statistics })),
    list: () => (isListing ? listingOf(table, connections) : undefined),
    settings: (address) => {
      const service = table.services.get(serviceKey(address));
      if (service === undefined) return undefined;
      const own = [...table.destinations.values()].filter((entry) => serviceKey(entry.service) === serviceKey(address));
      return JSON.stringify([service, ...own.map(({ weight: _, ...settings }) => settings)]);
    },
    read: (address) => {
      readings += 1;
      const service = table.services.get(serviceKey(address));
      if (service === undefined) return undefined;
      const own = [...table.destinations.values()].filter((entry) => serviceKey(entry.service) === serviceKey(address));
      return {
        service: { ...service, statistics },
        destinations: own.map((entry) => ({
          ...entry,
          activeConnections: connections,
          inactiveConnections: 0,
          statistics,
        })),
      };
    },
    apply: (services, destinations) => {
      const removals = services.filter(({ type }) => type === 'remove');
      const changes = [...services.filter(({ type }) => type !== 'remove'), ...destinations, ...removals];
      return changes.map((change) => {
        if (isRefusing) return { change, error: new KernelError('change IPVS', 'ENOMEM', 'Out of memory') };
        play(table, settled(table, change), look);
        return { change, error: undefined };
      });
    },
  };
};
