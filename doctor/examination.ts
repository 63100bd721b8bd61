// Runs all examinations and collects the findings.

import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { DirectorConfig } from '../config/model/model.ts';
import { NETLINK_ROUTE, openNetlink } from '../kernel/netlink/socket.ts';
import { openAddressTable } from '../kernel/route/addresses.ts';
import { arrivalOf, hasLocalRoute } from '../kernel/route/arrivals.ts';
import { listLinks, takersOf, vrfsOf } from '../kernel/route/links.ts';
import { listMacvlans } from '../kernel/route/macvlans.ts';
import { isSettable, readSysctl } from '../kernel/system/sysctl.ts';
import { familyOf } from '../net/ip-address.ts';
import { judgeAnswers, type SeenPaths } from './answers.ts';
import { examineArpFilters } from './arp-filters.ts';
import { type Finding, sortFindings } from './finding.ts';
import { examineFirewall } from './firewall.ts';
import { examineModules, examinePrivileges } from './host.ts';
import { judgeInterfaces, ownAddresses, type SeenHost, virtualAddresses } from './interfaces.ts';
import { type ListeningPlace, listen } from './listening.ts';
import { judgeOtherDoctors } from './other-doctors.ts';
import { examineLateness } from './punctuality.ts';
import { examineReturnRoutes } from './return-route.ts';
import { examineEngine } from './routing-daemon.ts';
import { judgeSettings } from './settings.ts';
import { judgeSightings } from './sightings.ts';
import { judgeVirtualMacs, type SeenMacvlans } from './virtual-macs.ts';

const readNumber = (path: string): number => (existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0);

/** The bridge of a port, if it snoops without a querier. */
const snoopingBridgeOf = (name: string): string | undefined => {
  const link = `/sys/class/net/${name}/brport/bridge`;
  if (!existsSync(link)) return undefined;
  const bridge = basename(readlinkSync(link));
  const folder = `/sys/class/net/${bridge}/bridge`;
  const isBlind = readNumber(`${folder}/multicast_snooping`) === 1 && readNumber(`${folder}/multicast_querier`) === 0;
  return isBlind ? bridge : undefined;
};

const look = (): SeenHost & SeenMacvlans & Omit<SeenPaths, 'arrivalOf' | 'hasLocalRoute'> => {
  const netlink = openNetlink(NETLINK_ROUTE);
  const table = openAddressTable();
  try {
    const links = listLinks(netlink);
    return {
      interfaces: links.map(({ name, up, mac }) => {
        const snoopingBridge = snoopingBridgeOf(name);
        return { name, up, ...(mac !== undefined && { mac }), ...(snoopingBridge !== undefined && { snoopingBridge }) };
      }),
      addresses: table.list(),
      setting: readSysctl,
      names: new Set(links.map(({ name }) => name)),
      macvlans: listMacvlans(netlink),
      vrfs: vrfsOf(links),
      indices: new Map(links.map(({ name, index }) => [name, index])),
      takers: takersOf(links),
      silent: new Set(links.flatMap(({ name, noArp }) => (noArp ? name : []))),
    };
  } finally {
    netlink.close();
    table.close();
  }
};

/** Places where routers can send: each interface in each of their families. */
const placesOf = (config: DirectorConfig, host: ReturnType<typeof look>): readonly ListeningPlace[] => {
  const { routers } = config.vrrp;
  const virtual = virtualAddresses(config);
  const keys = new Set(routers.map((router) => `${router.family} ${router.interface}`));
  return [...keys].flatMap((key): ListeningPlace[] => {
    const here = routers.filter((router) => `${router.family} ${router.interface}` === key);
    const [first] = here;
    if (first === undefined) return [];
    const { interface: name, family } = first;
    const index = host.indices.get(name);
    const isUp = host.interfaces.some((one) => one.name === name && one.up);
    if (index === undefined || !isUp || ownAddresses(name, family, host.addresses, virtual).length === 0) return [];
    const sources = host.addresses.filter(
      ({ interface: other, address }) => other === name && familyOf(address) === family && !virtual.has(address),
    );
    return [
      {
        name,
        index,
        family,
        sources: sources.map(({ address }) => address),
        peers: [...new Set(here.flatMap(({ peers }) => peers))],
        multicast: here.some(({ multicast }) => multicast),
      },
    ];
  });
};

/** The kernel is asked where packets to its addresses would go. */
const examineAnswers = (config: DirectorConfig, host: ReturnType<typeof look>): readonly Finding[] => {
  const netlink = openNetlink(NETLINK_ROUTE);
  try {
    return judgeAnswers(config, host, {
      ...host,
      arrivalOf: (interfaceIndex, source, destination) => arrivalOf(netlink, { interfaceIndex, source, destination }),
      hasLocalRoute: (address, index) => hasLocalRoute(netlink, address, index),
    });
  } finally {
    netlink.close();
  }
};

export type ExaminationOptions = {
  /** How long to listen, in milliseconds. */
  readonly span: number;
  /** Whether the doctor of another director runs at the same time: each sends, and expects to receive from the other. */
  readonly together: boolean;
};

export const examine = async (
  config: DirectorConfig,
  { span, together }: ExaminationOptions,
): Promise<readonly Finding[]> => {
  const privileges = examinePrivileges();
  // Without privileges nothing else can be examined.
  if (privileges.some(({ severity }) => severity === 'error')) return privileges;
  const host = look();
  const places = placesOf(config, host);
  const held = new Set(host.addresses.map(({ address }) => address));
  // Alone: other examinations would make this one late.
  const lateness = await examineLateness(config);
  const [heard, firewall, arpFilters, routes, engine] = await Promise.all([
    listen(places, span, together),
    examineFirewall(places),
    examineArpFilters([...new Set(places.flatMap(({ family, name }) => (family === 'ipv4' ? name : [])))]),
    examineReturnRoutes(config, host.addresses),
    examineEngine(config, host.addresses),
  ]);
  return sortFindings([
    ...privileges,
    ...judgeInterfaces(config, host),
    ...examineAnswers(config, host),
    ...judgeVirtualMacs(config, host),
    ...judgeSettings(config, { setting: readSysctl, isWritable: isSettable }),
    ...examineModules(config),
    ...firewall,
    ...arpFilters,
    ...judgeSightings(config, heard.sightings, held),
    ...(together ? judgeOtherDoctors(places, heard.doctors) : []),
    ...routes,
    ...engine,
    ...lateness,
  ]);
};
