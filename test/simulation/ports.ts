// What a vrrp process reaches of its machine: the kernel's addresses, the wire and the clocks, until the process has died.

import type { AddressEntry } from '../../kernel/route/addresses.ts';
import { KernelError } from '../../kernel/system/error.ts';
import type { AddressResult, Ports } from '../../vrrp/ports.ts';
import { restingPorts } from '../unit/vrrp/played-ports.ts';
import type { Machine } from './machine.ts';
import type { Observer } from './observer.ts';
import type { Wire } from './wire.ts';

type PortsOptions = {
  readonly machine: Machine;
  readonly wire: Wire;
  readonly observer: Observer;
  readonly isAlive: () => boolean;
  readonly hasClosed: () => boolean;
  readonly remembered: ReadonlySet<string>;
  readonly onRefusal: () => void;
};

export const createPorts = (options: PortsOptions): Ports => {
  const { machine, wire, observer, isAlive, hasClosed, remembered, onRefusal } = options;
  const { kernel, links, index } = machine;
  const own = links.map(
    ({ name, addressOf }): AddressEntry => ({
      interface: name,
      address: addressOf(index),
      prefixLength: 24,
      lifetime: 'forever',
    }),
  );
  const ears = new Map<number, (packet: Parameters<NonNullable<Machine['ears']>['packet']>[1]) => void>();
  const claimed = new Map<number, (claim: { address: never; mac: string }) => void>();
  machine.ears = {
    packet: (link, packet) => ears.get(link)?.(packet),
    claim: (link, address, mac) => claimed.get(link)?.({ address: address as never, mac }),
  };
  const linkOf = (interfaceIndex: number): number => links.findIndex((link) => link.index === interfaceIndex);
  /** No effect may leave a process after its end. */
  const effect = (what: string): void => {
    if (hasClosed()) observer.fail(`${machine.name} ${what} after its end`);
  };

  const apply = (changes: Parameters<Ports['addresses']['apply']>[0]): readonly AddressResult[] => {
    if (changes.length === 0) return [];
    effect('changes the kernel');
    machine.spend(machine.slowness);
    const results = kernel.apply(changes);
    if (results.some(({ error }) => error !== undefined)) onRefusal();
    return results;
  };

  let unfinished: (() => void) | undefined;

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
      links.map(({ name, index: linkIndex, macOf }, link) => ({
        name,
        index: linkIndex,
        mac: macOf(index),
        up: machine.isUp(link),
        enabled: true,
      })),
    addresses: {
      list: () => [...own, ...kernel.list()],
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
          observer.announced(machine, address);
          wire.announce(machine.station, link, address, mac);
        }
      }
      return [];
    },
    watchClaims: (interfaceIndex, addresses, onClaim) => {
      const link = linkOf(interfaceIndex);
      const hear = (claim: { address: never; mac: string }): void => {
        if (addresses.includes(claim.address)) onClaim(claim);
      };
      claimed.set(link, hear);
      return {
        close: () => {
          if (claimed.get(link) === hear) claimed.delete(link);
        },
      };
    },
    openWire: ({ name }, _use, onPacket) => {
      const link = links.findIndex((one) => one.name === name);
      ears.set(link, onPacket);
      return {
        send: (payload, endpoints) => {
          effect('sends');
          if (!machine.isUp(link)) throw new KernelError(`send on ${name}`, 'ENETDOWN', 'Network is down');
          observer.advertised(machine, payload);
          wire.send(machine.station, link, payload, endpoints, machine.spent());
        },
        close: () => {
          if (ears.get(link) === onPacket) ears.delete(link);
        },
      };
    },
    remembered: () => remembered,
  };
};
