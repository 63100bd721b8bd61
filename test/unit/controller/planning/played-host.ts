// Hosts in one world of virtual time: the virtual routers as they run, over a wire and a kernel's addresses that are played.

import { type Instant, type Milliseconds, milliseconds } from '../../../../base/units.ts';
import type { VrrpConfig } from '../../../../config/model/model.ts';
import type { Change } from '../../../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../../../kernel/route/address-entry.ts';
import type { Endpoints } from '../../../../net/checksum.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { FromVrrp } from '../../../../vrrp/messages.ts';
import type { Ports } from '../../../../vrrp/ports.ts';
import type { PacketHeader } from '../../../../vrrp/protocol/packet.ts';
import { createRouters, type Routers } from '../../../../vrrp/routers.ts';
import type { ItemState } from '../../../../vrrp/tracking/judgement.ts';
import { playAddresses, restingPorts } from '../../vrrp/played-ports.ts';
import type { Seen } from './judged-reload.ts';

type Timer = { readonly at: number; readonly call: (stood: Milliseconds) => void };
type Ear = {
  readonly host: string;
  readonly interface: string;
  readonly hear: (packets: readonly (PacketHeader & { readonly payload: Uint8Array })[]) => void;
};

export type World = {
  readonly now: () => number;
  readonly run: (span: number) => void;
  readonly at: Ports['at'];
  readonly ears: Set<Ear>;
};

export const createWorld = (): World => {
  let now = 1000;
  const timers = new Set<Timer>();
  return {
    now: () => now,
    ears: new Set(),
    at: (instant, call) => {
      const timer = { at: Math.max(instant, now), call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    run: (span) => {
      const end = now + span;
      for (;;) {
        const [first] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (first === undefined) break;
        timers.delete(first);
        now = first.at;
        first.call(milliseconds(0));
      }
      now = end;
    },
  };
};

export type Host = {
  readonly routers: () => Routers;
  readonly reconfigure: (next: VrrpConfig) => void;
  readonly track: (states: ReadonlyMap<string, ItemState>) => void;
  /** Since it was last asked. */
  readonly seen: () => Promise<Seen>;
};

export const createHost = (world: World, name: string, address: string, config: VrrpConfig): Host => {
  const links = ['eth0', 'eth1'].map((link, index) => ({
    name: link,
    index: index + 2,
    mac: `52:54:00:00:0${index}:${address.split('.')[3]?.padStart(2, '0')}`,
    up: true,
  }));
  const own: AddressEntry[] = links.map(({ name: link, index }) => ({
    interface: link,
    address: ip(address.replace('10.0.0', `10.0.${index - 2}`)),
    prefixLength: 24,
    lifetime: 'forever',
  }));
  const held = new Map<string, AddressEntry>();
  const known = new Set<string>();
  let removed: string[] = [];
  let farewells: number[] = [];
  let transitions: string[] = [];

  const apply = (changes: readonly Change<AddressEntry>[]) => {
    for (const change of changes) {
      const key = addressKey(change.entry);
      if (change.type === 'remove') held.delete(key);
      else held.set(key, change.entry);
      if (change.type === 'remove') removed.push(`${change.entry.address} on ${change.entry.interface}`);
    }
    return changes.map((change) => ({ change, error: undefined }));
  };

  const ports: Ports = {
    ...restingPorts,
    clock: () => world.now() as Instant,
    wall: world.now,
    soon: setImmediate,
    at: world.at,
    interfaces: () => links,
    addresses: playAddresses(() => [...own, ...held.values()], apply),
    openWire: (link, _use, hear) => {
      const ear: Ear = { host: name, interface: link.name, hear };
      world.ears.add(ear);
      return {
        send: (payload: Uint8Array, { source, destination }: Endpoints) => {
          if (payload[2] === 0) farewells.push(payload[1] ?? 0);
          for (const other of world.ears)
            if (other.host !== name && other.interface === link.name)
              world.at(world.now() as Instant, () => other.hear([{ payload, source, destination, ttl: 255 }]), true);
        },
        close: () => void world.ears.delete(ear),
      };
    },
    remembered: () => known,
  };

  const hear = (message: FromVrrp): void => {
    if (message.type === 'event' && message.event.type === 'transition')
      transitions.push(`${message.event.router}: ${message.event.from} -> ${message.event.to}`);
  };
  let routers = createRouters(config, ports, hear);
  const claim = (next: VrrpConfig): void => {
    for (const { interface: link, addresses, excluded } of next.routers)
      for (const entry of [...addresses, ...excluded])
        known.add(addressKey({ ...entry, interface: entry.interface ?? link }));
  };
  claim(config);
  routers.start();

  return {
    routers: () => routers,
    reconfigure: (next) => {
      claim(next);
      routers = routers.reconfigure(next);
    },
    track: (states) => routers.track(states),
    seen: async () => {
      // Messages leave with the turn of the real loop.
      await new Promise((resolve) => setImmediate(resolve));
      const seen = { transitions, removed, farewells };
      [transitions, removed, farewells] = [[], [], []];
      return seen;
    },
  };
};
