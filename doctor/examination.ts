// Looks at everything that usually breaks, all at once, and brings the findings together.

import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { DirectorConfig } from '../config/model.ts';
import { heldAddresses } from '../config/virtual-addresses.ts';
import { openAddressTable } from '../kernel/addresses.ts';
import { listLinks } from '../kernel/links.ts';
import { NETLINK_ROUTE, openNetlink } from '../kernel/netlink-socket.ts';
import { readSysctl } from '../kernel/sysctl.ts';
import { type Finding, sortFindings } from './finding.ts';
import { examineFirewall } from './firewall.ts';
import { examineLateness, examineModules, examinePrivileges } from './host.ts';
import { judgeForwarding, judgeInterfaces, type SeenHost } from './interfaces.ts';
import { listen } from './listening.ts';
import { examineReturnRoutes } from './return-route.ts';
import { judgeSightings } from './sightings.ts';

const readNumber = (path: string): number => (existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0);

/** The bridge of a port, where it snoops without a querier. */
const snoopingBridgeOf = (name: string): string | undefined => {
  const link = `/sys/class/net/${name}/brport/bridge`;
  if (!existsSync(link)) return undefined;
  const bridge = basename(readlinkSync(link));
  const folder = `/sys/class/net/${bridge}/bridge`;
  const isBlind = readNumber(`${folder}/multicast_snooping`) === 1 && readNumber(`${folder}/multicast_querier`) === 0;
  return isBlind ? bridge : undefined;
};

const look = (): SeenHost & { readonly indices: ReadonlyMap<string, number> } => {
  const netlink = openNetlink(NETLINK_ROUTE);
  const table = openAddressTable();
  try {
    const links = listLinks(netlink);
    return {
      interfaces: links.map(({ name, up }) => {
        const snoopingBridge = snoopingBridgeOf(name);
        return { name, up, ...(snoopingBridge !== undefined && { snoopingBridge }) };
      }),
      addresses: table.list(),
      setting: readSysctl,
      indices: new Map(links.map(({ name, index }) => [name, index])),
    };
  } finally {
    netlink.close();
    table.close();
  }
};

/** @param span for how long to listen, in milliseconds. */
export const examine = async (config: DirectorConfig, span: number): Promise<readonly Finding[]> => {
  const privileges = examinePrivileges();
  // Without them nothing else can be looked at.
  if (privileges.some(({ severity }) => severity === 'error')) return privileges;
  const host = look();
  const virtual = new Set(config.vrrp.routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)));
  const places = [...new Set(config.vrrp.routers.map((router) => router.interface))].flatMap((name) => {
    const own = host.addresses.filter((one) => one.interface === name && !one.address.includes(':'));
    const source = (own.find(({ address }) => !virtual.has(address)) ?? own[0])?.address;
    const index = host.indices.get(name);
    const isUp = host.interfaces.some((one) => one.name === name && one.up);
    return source === undefined || index === undefined || !isUp ? [] : [{ name, index, source }];
  });
  const held = new Set(host.addresses.map(({ address }) => address));
  // Alone: other examinations would make this one late.
  const lateness = await examineLateness(config);
  const [sightings, firewall, routes] = await Promise.all([
    listen(places, span),
    examineFirewall(places),
    examineReturnRoutes(config, host.addresses),
  ]);
  return sortFindings([
    ...privileges,
    ...judgeInterfaces(config, host),
    ...judgeForwarding(config, host),
    ...examineModules(config),
    ...firewall,
    ...judgeSightings(config, sightings, held),
    ...routes,
    ...lateness,
  ]);
};
