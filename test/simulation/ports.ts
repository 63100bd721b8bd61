// What a vrrp process reaches of its machine: the kernel's addresses, the wire and the clocks, until the process has died.

import type { Change } from '../../kernel/diff.ts';
import type { AddressEntry } from '../../kernel/route/address-entry.ts';
import { KernelError } from '../../kernel/system/error.ts';
import type { HoldingsRecord } from '../../vrrp/holdings/record.ts';
import type { AddressResult, PathTable, Ports } from '../../vrrp/ports.ts';
import { restingPorts } from '../unit/vrrp/played-ports.ts';
import type { Machine } from './machine.ts';
import type { Observer } from './observer.ts';
import type { Packet, Wire } from './wire.ts';

type PortsOptions = {
  readonly machine: Machine;
  readonly wire: Wire;
  readonly observer: Observer;
  readonly isAlive: () => boolean;
  readonly hasClosed: () => boolean;
  readonly record: Pick<HoldingsRecord, 'keys' | 'fault'>;
  readonly onRefusal: () => void;
  /** An interface has come, changed or gone. */
  readonly onLinkChange: () => void;
};

export const createPorts = (options: PortsOptions): Ports => {
  const { machine, wire, observer, isAlive, hasClosed, record, onRefusal, onLinkChange } = options;
  const { kernel, links, index } = machine;
  const own = links.flatMap(({ name, addressOf, connectedOf }): AddressEntry[] =>
    [...new Set([addressOf(index), connectedOf(index)])].map((address) => ({
      interface: name,
      address,
      prefixLength: address.includes(':') ? 64 : 24,
      lifetime: 'forever',
    })),
  );
  /** By the name of an interface. */
  const ears = new Map<string, (packets: readonly Packet[]) => void>();
  /** By the index of an interface. */
  const claimed = new Map<number, (claim: { address: never; mac: string }) => void>();
  const macvlanOf = (name: string) => kernel.macvlans.list().find((one) => one.name === name);
  const isMacvlanUp = (name: string, link: number): boolean => macvlanOf(name)?.up === true && machine.isUp(link);
  const linkOf = (interfaceIndex: number): number =>
    links.findIndex((link) => link.index === interfaceIndex || link.macvlan.index === interfaceIndex);
  machine.ears = {
    packet: (link, packet) => {
      const { name = '', macvlan } = links[link] ?? {};
      if (isAlive() && !hasClosed()) observer.heard(machine, packet.payload);
      // What carries the MAC of an interface comes in by that one alone.
      const isVirtual = macvlan !== undefined && packet.mac === macvlan.mac && isMacvlanUp(macvlan.name, link);
      ears.get(isVirtual ? macvlan.name : name)?.([packet]);
    },
    claim: (link, address, mac) => {
      for (const [interfaceIndex, hear] of claimed)
        if (linkOf(interfaceIndex) === link) hear({ address: address as never, mac });
    },
  };
  /** No effect may leave a process after its end. */
  const effect = (what: string): void => {
    if (hasClosed()) observer.fail(`${machine.name} ${what} after its end`);
  };

  const refusable = <Result extends { readonly error: unknown }>(results: readonly Result[]): readonly Result[] => {
    if (results.some(({ error }) => error !== undefined)) onRefusal();
    return results;
  };

  const apply = (changes: Parameters<Ports['addresses']['apply']>[0]): readonly AddressResult[] => {
    if (changes.length === 0) return [];
    effect('changes the kernel');
    machine.spend(machine.slowness);
    for (const { type, entry } of changes) if (type === 'remove') observer.withdrawn(machine, entry);
    return refusable(kernel.apply(changes));
  };

  const routing = <Entry>(
    { list, apply: change }: PathTable<Entry>,
    onChanges: (changes: readonly Change<Entry>[]) => void,
  ): PathTable<Entry> => ({
    list,
    apply: (changes) => {
      if (changes.length === 0) return [];
      effect('changes the kernel');
      onChanges(changes);
      return refusable(change(changes));
    },
  });

  let unfinished: (() => void) | undefined;
  let listed: { readonly inKernel: readonly AddressEntry[]; readonly all: readonly AddressEntry[] } | undefined;

  return {
    ...restingPorts,
    clock: () => (machine.clock.now() + machine.spent()) as ReturnType<Ports['clock']>,
    wall: machine.clock.wall,
    soon: machine.soon,
    at: (instant, call) =>
      machine.at(instant, (stood) => {
        if (isAlive()) call(stood);
      }),
    interfaces: () =>
      links.flatMap(({ name, index: linkIndex, macOf, macvlan }, link) => [
        { name, index: linkIndex, mac: macOf(index), up: machine.isUp(link), enabled: true },
        ...(macvlanOf(macvlan.name) === undefined ? [] : [{ ...macvlan, up: isMacvlanUp(macvlan.name, link) }]),
      ]),
    addresses: {
      list: () => {
        const inKernel = kernel.list();
        if (listed?.inKernel !== inKernel) listed = { inKernel, all: [...own, ...inKernel] };
        return listed.all;
      },
      prepare: () => undefined,
      apply,
      applySoon: (changes, done) => {
        const finish = (): void => {
          if (unfinished !== finish) return;
          unfinished = undefined;
          done(apply(changes));
        };
        unfinished = finish;
        machine.at((machine.clock.now() + machine.slowness) as ReturnType<Ports['clock']>, () => {
          if (isAlive()) finish();
        });
      },
      settle: () => unfinished?.(),
    },
    announce: (list) => {
      effect('announces');
      for (const { interfaceIndex, address, mac, probe } of list) {
        const link = linkOf(interfaceIndex);
        if (probe !== undefined) wire.probe(machine.station, link, address);
        else {
          observer.announced(machine, address, mac);
          wire.announce(machine.station, link, address, mac);
        }
      }
      return [];
    },
    watchClaims: (interfaceIndex, addresses, onClaim) => {
      const hear = (claim: { address: never; mac: string }): void => {
        if (addresses.includes(claim.address)) onClaim(claim);
      };
      claimed.set(interfaceIndex, hear);
      return {
        close: () => {
          if (claimed.get(interfaceIndex) === hear) claimed.delete(interfaceIndex);
        },
      };
    },
    openWire: ({ name }, _use, onPackets) => {
      const link = links.findIndex((one) => one.name === name || one.macvlan.name === name);
      const macvlan = links[link]?.macvlan.name === name ? links[link]?.macvlan : undefined;
      ears.set(name, onPackets);
      return {
        send: (payload, endpoints) => {
          effect('sends');
          const isUp = macvlan === undefined ? machine.isUp(link) : isMacvlanUp(name, link);
          if (!isUp) throw new KernelError(`send on ${name}`, 'ENETDOWN', 'Network is down');
          observer.advertised(machine, payload);
          wire.send(machine.station, link, payload, endpoints, machine.spent(), macvlan?.mac);
        },
        close: () => {
          if (ears.get(name) === onPackets) ears.delete(name);
        },
      };
    },
    macvlans: {
      list: kernel.macvlans.list,
      apply: (changes) => {
        if (changes.length === 0) return [];
        effect('changes the kernel');
        const results = refusable(kernel.macvlans.apply(changes));
        if (results.some(({ error }) => error === undefined)) onLinkChange();
        return results;
      },
    },
    routes: routing(kernel.routes, (changes) => {
      for (const { type, entry } of changes) if (type !== 'remove') observer.routed(machine, entry);
    }),
    rules: routing(kernel.rules, () => undefined),
    remembered: record.keys,
    recordFault: record.fault,
    readKeys: () => ({ ok: true, keys: [{ id: 1, secret: new Uint8Array(32) }] }),
  };
};
