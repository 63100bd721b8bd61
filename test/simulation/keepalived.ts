// A peer like keepalived: RFC 3768 and 9568 as it does them, with its dialect of the checksum and without leases.

import { milliseconds } from '../../base/units.ts';
import type { AddressEntry } from '../../kernel/route/address-entry.ts';
import { vrrpGroups } from '../../kernel/sockets/vrrp-group.ts';
import { bytesOf } from '../../net/ip-address.ts';
import { decodeAdvertisement, encodeAdvertisement } from '../../vrrp/protocol/packet.ts';
import type { Machine } from './machine.ts';
import type { Observer } from './observer.ts';
import type { DirectorSetting, Setting } from './scenario.ts';
import type { Wire } from './wire.ts';

export type Peer = {
  readonly machine: Machine;
  readonly isAlive: () => boolean;
  readonly start: () => void;
  /** It dies, and its kernel keeps the addresses. */
  readonly kill: () => void;
  /** It removes the addresses and sends a farewell. */
  readonly leave: () => void;
};

type Router = {
  state: 'backup' | 'master';
  masterInterval: number;
  /** The timer that counts: an earlier one is void. */
  armed: number;
};

type PeerOptions = {
  readonly machine: Machine;
  readonly setting: Setting;
  readonly own: DirectorSetting;
  readonly wire: Wire;
  readonly observer: Observer;
};

export const createPeer = ({ machine, setting, own, wire, observer }: PeerOptions): Peer => {
  const { version, preempt } = setting;
  const interval = own.interval ?? setting.interval;
  const { links, index } = machine;
  const routers = links.map((): Router => ({ state: 'backup', masterInterval: interval, armed: 0 }));
  let life = 0;
  let isAlive = false;

  const routerAt = (link: number): Router => routers[link] ?? { state: 'backup', masterInterval: interval, armed: 0 };
  const linkAt = (link: number) => links[link] ?? (links[0] as (typeof links)[number]);
  const skew = (router: Router): number =>
    ((256 - own.priority) * (version === 2 ? 1000 : router.masterInterval)) / 256;

  const advertise = (link: number, priority: number): void => {
    const { addressOf, virtual, virtualRouterId } = linkAt(link);
    const source = addressOf(index);
    const advertisement = {
      version,
      virtualRouterId,
      priority,
      interval: milliseconds(interval),
      addresses: [virtual],
    };
    const dialect = own.keepalived ?? 'rfc5798';
    const destinations = setting.unicast
      ? setting.directors.flatMap((_, other) => (other === index ? [] : [addressOf(other)]))
      : [vrrpGroups[setting.family]];
    for (const destination of destinations) {
      const endpoints = { source, destination };
      const payload = encodeAdvertisement(advertisement, endpoints, { dialect, password: undefined, seal: undefined });
      wire.send(machine.station, link, payload, endpoints, 0);
    }
  };

  const arm = (link: number, after: number, expire: (link: number) => void): void => {
    const router = routerAt(link);
    router.armed += 1;
    const [mine, lived] = [router.armed, life];
    machine.at((machine.clock.now() + after) as ReturnType<Machine['clock']['now']>, () => {
      if (mine === router.armed && lived === life) expire(link);
    });
  };

  const entryAt = (link: number): AddressEntry => {
    const { name, virtual } = linkAt(link);
    const prefixLength = setting.family === 'ipv4' ? 32 : 128;
    return { interface: name, address: virtual, prefixLength, lifetime: 'forever' };
  };

  const hold = (link: number): void => {
    const { virtual, macOf } = linkAt(link);
    const entry = entryAt(link);
    machine.kernel.apply([{ type: 'add', entry }]);
    wire.announce(machine.station, link, virtual, macOf(index));
  };

  const drop = (link: number): void => {
    machine.kernel.apply([{ type: 'remove', entry: entryAt(link) }]);
  };

  const expire = (link: number): void => {
    const router = routerAt(link);
    if (router.state === 'backup') {
      router.state = 'master';
      advertise(link, own.priority);
      hold(link);
    } else advertise(link, own.priority);
    arm(link, interval, expire);
  };

  const follow = (link: number, masterInterval: number): void => {
    const router = routerAt(link);
    if (router.state === 'master') drop(link);
    router.state = 'backup';
    router.masterInterval = masterInterval;
    arm(link, 3 * masterInterval + skew(router), expire);
  };

  const hear = (link: number, packet: Parameters<NonNullable<Machine['ears']>['packet']>[1]): void => {
    const decoded = decodeAdvertisement(packet.payload, packet);
    if (!decoded.ok || decoded.advertisement.version !== version) return;
    const { priority, interval: theirs, virtualRouterId } = decoded.advertisement;
    const { addressOf, virtualRouterId: expected } = linkAt(link);
    if (packet.source === addressOf(index) || virtualRouterId !== expected) return;
    const router = routerAt(link);
    const masterInterval = version === 3 ? theirs : interval;
    if (router.state === 'backup') {
      if (priority === 0) arm(link, skew(router), expire);
      else if (!preempt || priority >= own.priority) follow(link, masterInterval);
      return;
    }
    const isBetter =
      priority > own.priority ||
      (priority === own.priority && Buffer.compare(bytesOf(packet.source), bytesOf(addressOf(index))) > 0);
    if (isBetter) {
      follow(link, masterInterval);
      return;
    }
    advertise(link, own.priority);
    wire.announce(machine.station, link, linkAt(link).virtual, linkAt(link).macOf(index));
    arm(link, interval, expire);
  };

  const end = (): void => {
    isAlive = false;
    life += 1;
    machine.forget();
  };

  return {
    machine,
    isAlive: () => isAlive,
    start: () => {
      if (isAlive || !machine.isOn) return;
      machine.forget();
      isAlive = true;
      machine.ears = { packet: hear, claim: () => undefined };
      for (const link of links.keys()) {
        // It removes what a crash has left.
        drop(link);
        routers[link] = { state: 'backup', masterInterval: interval, armed: 0 };
        arm(link, 3 * interval + skew(routerAt(link)), expire);
      }
      observer.turned(machine);
    },
    kill: end,
    leave: () => {
      if (!isAlive) return;
      for (const [link, router] of routers.entries()) {
        if (router.state !== 'master') continue;
        drop(link);
        advertise(link, 0);
      }
      end();
    },
  };
};
