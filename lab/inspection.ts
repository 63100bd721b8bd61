// Reads addresses, routes and tables from the hosts and compares them with the lab's plan.

import type { Hosts } from './hosts.ts';
import { trimTable, withoutCounts } from './table.ts';
import {
  addressOfMac,
  type DirectorName,
  type HostName,
  hostNames,
  hostOf,
  hostsOf,
  type Profile,
  seedTable,
  virtualAddress,
  virtualAddresses,
} from './topology.ts';

/** One inspected item: whether it is as expected, and a text. */
export type Check = { readonly held: boolean; readonly text: string };

type Holding = { readonly interface: string; readonly cidr: string; readonly forever: boolean };

const forever = 4_294_967_295;

/** Interfaces outside of the lab: loopback, and the interface by which Vagrant reaches a virtual machine. */
const foreignInterfaces: readonly string[] = ['lo', 'eth0'];

/** Lists the IPv4 addresses of a host as `interface address/prefix`, sorted, on the lab's interfaces. */
export const readAddresses = async (hosts: Hosts, name: HostName): Promise<readonly Holding[]> => {
  const links: { ifname: string; addr_info: { local: string; prefixlen: number; valid_life_time: number }[] }[] =
    JSON.parse(await hosts.run(name, ['ip', '-j', '-4', 'address', 'show']));
  return links
    .filter(({ ifname }) => !foreignInterfaces.includes(ifname))
    .flatMap(({ ifname, addr_info: addresses }) =>
      addresses.map(({ local, prefixlen, valid_life_time: life }) => ({
        interface: ifname,
        cidr: `${local}/${prefixlen}`,
        forever: life === forever,
      })),
    );
};

/** Lists the routes of a host as `ip route` prints them, sorted, on the lab's interfaces, whatever their origin. */
const readRoutes = async (hosts: Hosts, name: HostName): Promise<readonly string[]> => {
  const text = await hosts.run(name, ['ip', '-4', 'route', 'show']);
  return text
    .split('\n')
    .map((line) => line.trim().replace(' proto static', ''))
    .filter((line) => line !== '' && !foreignInterfaces.some((device) => line.includes(` dev ${device} `)))
    .sort();
};

/** Reads a director's IPVS table in the format of `ipvsadm -L -n`. */
const readTable = async (hosts: Hosts, name: DirectorName): Promise<string> =>
  trimTable(await hosts.run(name, ['ipvsadm', '-L', '-n']));

const plannedAddresses = (name: HostName, profile: Profile, isMaster: boolean): readonly string[] => {
  const own = hostsOf(profile).find((host) => host.name === name)?.attachments ?? [];
  const virtual = isMaster ? virtualAddresses(profile) : [];
  return [
    ...own.map(({ interface: device, address }) => `${device} ${address}/24`),
    ...virtual.map(({ interface: device, address }) => `${device} ${address}/32`),
  ].sort();
};

const plannedRoutes = (name: HostName, { profile, hasUplink }: Hosts): readonly string[] => {
  const host = hostsOf(profile).find((one) => one.name === name);
  const connected = (host?.attachments ?? []).map(
    ({ network, interface: device, address }) =>
      `192.168.${network}.0/24 dev ${device} proto kernel scope link src ${address}`,
  );
  const routes = (host?.routes ?? []).filter(({ to }) => !(hasUplink && to === 'default'));
  return [...connected, ...routes.map(({ to, via }) => `${to} via ${via} dev enp0s8`)].sort();
};

const compare = (what: string, actual: string, planned: string): Check =>
  actual === planned ? { held: true, text: `${what} as planned` } : { held: false, text: `${what}: ${actual}` };

/** Whether a host holds its own addresses, a master also the virtual ones, and no others. */
export const checkAddresses = async (hosts: Hosts, name: HostName, isMaster: boolean): Promise<Check> => {
  const holdings = await readAddresses(hosts, name);
  const actual = holdings.map(({ interface: device, cidr }) => `${device} ${cidr}`).sort();
  const planned = plannedAddresses(name, hosts.profile, isMaster);
  const check = compare(`addresses of ${name}`, actual.join(', '), planned.join(', '));
  const lent = holdings.filter((holding) => !holding.forever).map(({ cidr }) => cidr);
  // The seed prints `valid_lft forever` for every address.
  if (hosts.profile !== 'seed' || lent.length === 0) return check;
  return { held: false, text: `${check.text}, but ${lent.join(', ')} on ${name} not forever` };
};

/** Whether the routes of all hosts, or of those that are up, are the planned ones. */
export const checkRoutes = async (hosts: Hosts, up: readonly HostName[] = hostNames): Promise<Check> => {
  const checks = await Promise.all(
    up.map(async (name) =>
      compare(`routes of ${name}`, (await readRoutes(hosts, name)).join(', '), plannedRoutes(name, hosts).join(', ')),
    ),
  );
  const broken = checks.filter(({ held }) => !held);
  return broken.length === 0
    ? { held: true, text: `routes of ${up.length === hostNames.length ? 'all hosts' : up.join(', ')} as planned` }
    : { held: false, text: broken.map(({ text }) => text).join('; ') };
};

/** Whether a director's table is the seed's: exactly, or except for the counts of connections while it is in use. */
export const checkTable = async (hosts: Hosts, name: DirectorName, inUse: boolean): Promise<Check> => {
  const table = await readTable(hosts, name).catch((error: Error) => `unreadable: ${error.message}`);
  const isSame = inUse ? withoutCounts(table) === withoutCounts(seedTable) : table === seedTable;
  if (isSame) return { held: true, text: `table of ${name} is the seed's${inUse ? '' : ' to the letter'}` };
  return { held: false, text: `table of ${name}: ${table === '' ? 'empty' : table.replaceAll('\n', ' | ')}` };
};

/** Whether the client's ARP entry for the service has the MAC of the expected director. */
export const checkNeighbour = async (hosts: Hosts, expected: DirectorName): Promise<Check> => {
  const text = await hosts.run('cl0', ['ip', 'neighbour', 'show', virtualAddress]);
  const mac = /lladdr (\S+)/.exec(text)?.[1] ?? '';
  const holder = hostOf(addressOfMac(mac) ?? '') ?? (mac === '' ? 'no host' : mac);
  return { held: holder === expected, text: `the client's ARP entry names ${holder}` };
};
