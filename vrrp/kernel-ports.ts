// The ports of the routers in the vrrp process: the kernel.

import type { Clock } from '../base/units.ts';
import { NETLINK_ROUTE, type NetlinkSocket, openNetlink } from '../kernel/netlink/socket.ts';
import { type AddressEntry, addressKey, hasSameTraits, isPreferredAlike } from '../kernel/route/address-entry.ts';
import { type AddressTable, type ApplyResult, openAddressTable } from '../kernel/route/addresses.ts';
import { addLocalRoute, answerBy, arrivalOf, hasLocalRoute } from '../kernel/route/arrivals.ts';
import { applyDummies, listDummies } from '../kernel/route/dummies.ts';
import { takersOf, vrfsOf } from '../kernel/route/links.ts';
import { applyMacvlans, listMacvlans } from '../kernel/route/macvlans.ts';
import { mirrorNetwork } from '../kernel/route/mirror.ts';
import { askNeighbour, listNeighbours } from '../kernel/route/neighbours.ts';
import { applyVirtualRoutes, listVirtualRoutes } from '../kernel/route/virtual-routes.ts';
import { applyVirtualRules, listVirtualRules } from '../kernel/route/virtual-rules.ts';
import { openAnnouncer } from '../kernel/sockets/announcer.ts';
import { watchClaims } from '../kernel/sockets/claims.ts';
import { openVrrpSocket } from '../kernel/sockets/open-vrrp-socket.ts';
import { readSysctl, setSysctl } from '../kernel/system/sysctl.ts';
import type { AnycastHolderOptions } from './anycast/holder.ts';
import type { VrrpEventBody } from './events.ts';
import { createInterfaceSettings, type InterfaceSettings } from './holdings/interface-settings.ts';
import type { HoldingsRecord } from './holdings/record.ts';
import type { Interface, Ports } from './ports.ts';
import { readKeyFile } from './protocol/key-file.ts';
import { startTimer } from './timer.ts';

/** Interfaces or addresses of the host have changed. */
export type NetworkReport = { readonly type: 'network-changed' };

export type KernelPorts = {
  readonly ports: Ports;
  readonly netlink: NetlinkSocket;
  readonly settings: InterfaceSettings;
  /** What holds the anycast addresses needs beside the ports. */
  readonly anycast: Pick<AnycastHolderOptions, 'ports' | 'addresses' | 'dummies' | 'record'>;
};

type KernelPortsOptions = {
  readonly clock: Clock;
  readonly record: HoldingsRecord;
  /** Of anycast addresses. */
  readonly anycastRecord: HoldingsRecord;
  readonly emit: (event: VrrpEventBody) => void;
  readonly report: (report: NetworkReport) => void;
};

export const openKernelPorts = ({ clock, record, anycastRecord, emit, report }: KernelPortsOptions): KernelPorts => {
  const netlink = openNetlink(NETLINK_ROUTE);
  /** Makes the kernel filter dumps, so that regent's routes are found quickly among many. */
  const strictNetlink = openNetlink(NETLINK_ROUTE, { filtersDumps: true });
  const settings = createInterfaceSettings(netlink, emit);
  const addresses = openAddressTable(settings.beforeSetting);
  const announcer = openAnnouncer();

  /** Ignores lease renewals, ours and others', and leased addresses that regent itself added. */
  const isOfNoConsequence = (entry: AddressEntry, before: AddressEntry | undefined): boolean => {
    const isLease = entry.lifetime !== 'forever';
    if (before === undefined)
      return isLease && [record, anycastRecord].some((own) => own.keys().has(addressKey(entry)));
    return (
      isLease === (before.lifetime !== 'forever') && hasSameTraits(before, entry) && isPreferredAlike(before, entry)
    );
  };

  let isChanged = false;
  const network = mirrorNetwork({ netlink, table: addresses }, (change, before) => {
    if (change.type === 'address-added' && isOfNoConsequence(change.entry, before)) return;
    if (isChanged) return;
    isChanged = true;
    setImmediate(() => {
      isChanged = false;
      report({ type: 'network-changed' });
    });
  });

  const acknowledge = (results: ApplyResult[]): ApplyResult[] => {
    network.acknowledged(results);
    return results;
  };

  const interfaces = (): readonly Interface[] => {
    const links = network.links();
    const [vrfs, takers] = [vrfsOf(links), takersOf(links)];
    if (vrfs.size + takers.size === 0) return links;
    return links.map((link) => {
      const [vrf, taker] = [vrfs.get(link.name), takers.get(link.name)];
      return { ...link, ...(vrf !== undefined && { vrf }), ...(taker !== undefined && { taker }) };
    });
  };

  const openWire: Ports['openWire'] = (link, use, onPackets, onError) => {
    const socket = openVrrpSocket({
      ...use,
      interface: link.name,
      interfaceIndex: link.index,
      onPackets,
      onDrop: (reason) =>
        emit({ type: 'packet-incomplete', message: `${link.name}: an incomplete packet was dropped (${reason})` }),
      onError: (error) => onError(error.message),
    });
    return { send: (payload, endpoints) => socket.send(payload, endpoints), close: socket.close };
  };

  /** With acknowledged changes in the mirror at once. */
  const mirrored = (table: AddressTable): Ports['addresses'] => ({
    ...table,
    list: () => network.addresses(),
    apply: (changes) => acknowledge(table.apply(changes)),
    applySoon: (changes, done) => table.applySoon(changes, (results) => done(acknowledge(results))),
  });

  const ports: Ports = {
    clock,
    wall: Date.now,
    soon: setImmediate,
    at: startTimer,
    interfaces,
    addresses: mirrored(addresses),
    answering: {
      hasLocalRoute: (address, index) => hasLocalRoute(netlink, address, index),
      addLocalRoute: (address, index) => addLocalRoute(netlink, address, index),
      arrivalOf: (arriving) => arrivalOf(netlink, arriving),
      answerBy: (arriving) => answerBy(netlink, arriving),
      setting: readSysctl,
    },
    macvlans: { list: () => listMacvlans(netlink), apply: (changes) => applyMacvlans(netlink, changes) },
    setInterface: settings.set,
    setSysctl: (name, value, reason) => setSysctl(name, value, reason)?.before,
    routes: {
      list: () => listVirtualRoutes(strictNetlink),
      apply: (changes) => applyVirtualRoutes(netlink, changes),
    },
    rules: { list: () => listVirtualRules(netlink), apply: (changes) => applyVirtualRules(netlink, changes) },
    announce: announcer.announce,
    prepareAnnouncements: announcer.prepare,
    watchClaims,
    neighbours: () => listNeighbours(netlink),
    askNeighbour: (address, index) => askNeighbour(netlink, address, index, 'absent'),
    openWire,
    readKeys: readKeyFile,
    recordFault: () => record.fault() ?? anycastRecord.fault() ?? settings.recordFault(),
    remembered: record.keys,
  };
  const anycast: KernelPorts['anycast'] = {
    ports,
    addresses: mirrored(openAddressTable(settings.beforeSetting)),
    dummies: { list: () => listDummies(netlink), apply: (changes) => applyDummies(netlink, changes) },
    record: anycastRecord,
  };
  return { ports, netlink, settings, anycast };
};
