// The interfaces with the routers' virtual MACs: present while configured, up while the router is master. A backup's is
// down, so that no switch ever learns the MAC behind two ports.

import { messageOf } from '../../base/error.ts';
import { parentSettings } from '../../config/model/interface-settings.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { virtualMacOf } from '../../config/model/virtual-mac.ts';
import { type Change, diff } from '../../kernel/diff.ts';
import { type MacvlanEntry, macvlanKey } from '../../kernel/route/macvlans.ts';
import { holdsAddresses } from '../election/router-state.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { Missing } from './addresses.ts';
import type { Standing } from './desired.ts';
import { createKernelRefusals } from './refusals.ts';

export type VirtualMacs = {
  /** Makes the required interfaces and sets up those of masters: before the addresses come. */
  readonly raise: (standings: readonly Standing[]) => void;
  /** Sets down or removes the rest: once the addresses are gone. */
  readonly lower: (standings: readonly Standing[]) => void;
  /** Retries what the kernel refused. */
  readonly retry: () => void;
  /** A router's interface that the kernel refused. */
  readonly missingOf: (standing: Standing) => readonly Missing[];
  /** Removes all of them. */
  readonly clear: () => void;
};

type VirtualMacsOptions = {
  readonly routers: readonly RouterConfig[];
  readonly ports: Pick<Ports, 'interfaces' | 'macvlans' | 'setInterface' | 'setSysctl' | 'remembered'>;
  readonly emit: (event: VrrpEventBody) => void;
};

/** The keys of all these interfaces of a configuration, to remember which are ours. */
export const virtualMacKeys = (routers: readonly RouterConfig[]): string[] =>
  routers.flatMap(({ virtualMac }) => (virtualMac === undefined ? [] : [macvlanKey({ name: virtualMac.interface })]));

/** The interface is in its parent's VRF: outside of it no packet would be answered. */
const entryOf = ({ config, state }: Standing, vrfOf: (parent: string) => string | undefined): MacvlanEntry[] => {
  const vrf = vrfOf(config.interface);
  return config.virtualMac === undefined
    ? []
    : [
        {
          name: config.virtualMac.interface,
          parent: config.interface,
          mac: virtualMacOf(config),
          ...(vrf !== undefined && { vrf }),
          up: holdsAddresses(state),
        },
      ];
};

export type WantedSysctl = { readonly name: string; readonly value: string; readonly reason: string };

/** Kernel settings of such an interface; they go with it. With slashes in the name, an interface name may contain dots. */
export const sysctlsOf = (config: RouterConfig): WantedSysctl[] => {
  const name = config.virtualMac?.interface ?? '';
  const four = (key: string, value: number, reason: string): WantedSysctl => ({
    name: `net/ipv4/conf/${name}/${key}`,
    value: String(value),
    reason,
  });
  const six = (key: string, value: number, reason: string): WantedSysctl => ({
    name: `net/ipv6/conf/${name}/${key}`,
    value: String(value),
    reason,
  });
  const isSix = heldAddresses(config).some((held) => held.interface === name && held.address.includes(':'));
  return [
    four('arp_ignore', 1, "the virtual MAC answers for the virtual addresses, and not for the host's own"),
    four(
      'rp_filter',
      2,
      "what comes in by it is answered by its parent, which the kernel would take for a forged sender's",
    ),
    ...(isSix
      ? [
          six('addr_gen_mode', 1, 'two directors would make one link-local address of one MAC'),
          six('accept_ra', 0, 'the host learns its routes by its own interface'),
        ]
      : [six('disable_ipv6', 1, 'it has no IPv6 address, and must send nothing of its own')]),
  ];
};

const isSameLink = (one: MacvlanEntry, other: MacvlanEntry): boolean =>
  one.parent === other.parent && one.mac === other.mac;

const isAlike = (one: MacvlanEntry, other: MacvlanEntry): boolean =>
  isSameLink(one, other) && one.vrf === other.vrf && one.up === other.up;

export const createVirtualMacs = ({ routers, ports, emit }: VirtualMacsOptions): VirtualMacs => {
  let standings: readonly Standing[] = [];
  /** Set by `clear`: the removal comes back as a change of the network, which would make the interfaces again. */
  let isOver = false;
  const refusals = createKernelRefusals(emit);
  const isIdle = (): boolean =>
    isOver || (virtualMacKeys(routers).length === 0 && ![...ports.remembered()].some((key) => key.startsWith('link ')));

  const prepare = ({ name }: MacvlanEntry): void => {
    const config = routers.find(({ virtualMac }) => virtualMac?.interface === name);
    if (config === undefined) return;
    for (const { name: sysctl, value, reason } of sysctlsOf(config)) {
      try {
        const before = ports.setSysctl(sysctl, value, reason);
        if (before !== undefined) {
          const message = `${sysctl} ${before} -> ${value}: ${reason}`;
          emit({ type: 'sysctl', router: config.name, message });
        }
      } catch (error) {
        // A host without IPv6 has no such setting, and needs none.
        emit({ type: 'sysctl-failed', router: config.name, message: messageOf(error) });
      }
    }
  };

  const change = (desired: readonly MacvlanEntry[], isWanted: (change: Change<MacvlanEntry>) => boolean): void => {
    if (isIdle()) return;
    try {
      const named = new Set([...virtualMacKeys(routers), ...ports.remembered()]);
      const changes = diff(ports.macvlans.list(), desired, {
        keyOf: macvlanKey,
        isSame: isAlike,
        isOurs: (entry) => named.has(macvlanKey(entry)),
      }).filter(isWanted);
      for (const { change: done, error } of ports.macvlans.apply(changes)) {
        const { entry } = done;
        const router = routers.find(({ virtualMac }) => virtualMac?.interface === entry.name)?.name ?? '';
        if (error !== undefined) {
          refusals.refused(macvlanKey(entry), router, error.message);
          continue;
        }
        refusals.taken(macvlanKey(entry));
        const isNew = done.type === 'add' || (done.type === 'update' && !isSameLink(done.from, entry));
        if (isNew || done.type === 'remove') {
          const message = `${entry.name} with ${entry.mac} above ${entry.parent} is ${isNew ? 'created' : 'removed'}`;
          emit({ type: 'virtual-mac', router, message });
        } else if (done.type === 'update' && done.from.vrf !== entry.vrf) {
          const message = `${entry.name} follows ${entry.parent} ${entry.vrf === undefined ? `out of VRF ${done.from.vrf}` : `into VRF ${entry.vrf}`}`;
          emit({ type: 'virtual-mac', router, message });
        }
        if (!isNew) continue;
        // Made down, so that nothing leaves it before its settings are in place.
        prepare(entry);
        if (entry.up) ports.macvlans.apply([{ type: 'update', from: { ...entry, up: false }, entry }]);
      }
    } catch (error) {
      emit({ type: 'kernel-error', message: messageOf(error) });
    }
  };

  const wantedOfParents = parentSettings(routers);
  /** Sets up parents, also when a parent comes later or is created again with the kernel's default settings. */
  const prepareParents = (): void => {
    if (isOver || wantedOfParents.length === 0) return;
    const present = new Set(ports.interfaces().map(({ name }) => name));
    for (const wanted of wantedOfParents) {
      if (!present.has(wanted.interface)) continue;
      try {
        ports.setInterface(wanted);
      } catch (error) {
        emit({ type: 'kernel-error', message: messageOf(error) });
      }
    }
  };

  const wanted = (): MacvlanEntry[] => {
    const vrfs = new Map(wantedOfParents.length === 0 ? [] : ports.interfaces().map(({ name, vrf }) => [name, vrf]));
    return standings.flatMap((standing) => entryOf(standing, (parent) => vrfs.get(parent)));
  };

  const raise = (): void => {
    prepareParents();
    const entries = wanted();
    refusals.keepOnly(new Set(entries.map(macvlanKey)));
    change(
      entries,
      (one) => one.type === 'add' || (one.type === 'update' && (one.entry.up || one.entry.vrf !== one.from.vrf)),
    );
  };

  return {
    raise: (now) => {
      standings = now;
      raise();
    },
    lower: (now) => {
      standings = now;
      change(wanted(), ({ type, entry }) => type === 'remove' || (type === 'update' && !entry.up));
    },
    retry: () => {
      if (!refusals.isEmpty()) raise();
    },
    missingOf: ({ config, state }) => {
      const { virtualMac } = config;
      const why = virtualMac && refusals.reasonOf(macvlanKey({ name: virtualMac.interface }));
      if (virtualMac === undefined || why === undefined || !holdsAddresses(state)) return [];
      return [{ what: `the virtual MAC ${virtualMacOf(config)} on ${virtualMac.interface}`, why }];
    },
    clear: () => {
      change([], () => true);
      isOver = true;
    },
  };
};
