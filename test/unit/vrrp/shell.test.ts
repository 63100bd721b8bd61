// The shell around the pure host: what it must not forget with each timer, and with each loss of mastership.

import assert from 'node:assert/strict';
import { type Milliseconds, milliseconds } from '../../../base/units.ts';
import type { VrrpConfig } from '../../../config/model/model.ts';
import type { AddressEntry } from '../../../kernel/route/address-entry.ts';
import { ip } from '../../../net/ip-address.ts';
import type { AddressResult, Ports } from '../../../vrrp/ports.ts';
import type { PacketHeader } from '../../../vrrp/protocol/packet.ts';
import { createRouters } from '../../../vrrp/routers.ts';
import { at, config, group, sent } from './one-router.ts';
import { playAddresses, restingPorts } from './played-ports.ts';

const many = Array.from({ length: 40 }, (_, index) => ({ address: ip(`10.0.1.${index + 1}`), prefixLength: 32 }));

/** A host with one router of many addresses, of which five may be announced a second. */
const open = (changes: Partial<VrrpConfig['routers'][number]> = {}) => {
  let now = 0;
  let mac = '52:54:00:12:34:56';
  let due: ((stood: Milliseconds) => void) | undefined;
  let speak: ((packet: PacketHeader & { readonly payload: Uint8Array }) => void) | undefined;
  const held: AddressEntry[] = [];
  const announced: string[] = [];
  const own: AddressEntry = { interface: 'eth0', address: ip('10.0.0.1'), prefixLength: 24, lifetime: 'forever' };
  const ports: Ports = {
    ...restingPorts,
    clock: () => at(now),
    wall: () => now,
    soon: setImmediate,
    at: (_, callback) => {
      due = callback;
      return () => {
        if (due === callback) due = undefined;
      };
    },
    announce: (list) => {
      announced.push(...list.map(({ address }) => address));
      return [];
    },
    interfaces: () => [{ name: 'eth0', index: 2, mac, up: true }],
    addresses: playAddresses(
      () => [own, ...held],
      (list): AddressResult[] =>
        list.map((change) => {
          if (change.type === 'add') held.push(change.entry);
          if (change.type === 'remove') held.splice(0, held.length, ...held.filter((one) => one !== change.entry));
          return { change, error: undefined };
        }),
    ),
    openWire: (_link, _use, onPackets) => {
      speak = (packet) => onPackets([packet]);
      return { send: () => undefined, close: () => undefined };
    },
    remembered: () => new Set(),
  };
  const running = createRouters(
    {
      scripts: [],
      processes: [],
      files: [],
      bfd: [],
      routers: [{ ...config, addresses: many, ...changes }],
      groups: [],
      hold: milliseconds(0),
      announceRate: 5,
    },
    ports,
    () => undefined,
  );
  running.start();
  return {
    running,
    announced,
    setMac: (next: string) => {
      mac = next;
      running.networkChanged();
    },
    hear: (priority: number) => speak?.({ ...group, payload: sent({ addresses: many }, group, priority) }),
    wakeAt: (instant: number) => {
      now = instant;
      due?.(milliseconds(0));
    },
  };
};

describe('the shell of a host', () => {
  it('lets a tracked item count once its delay is over, with no other event', () => {
    const host = open({
      track: [{ kind: 'script', name: 'a', weight: -20, downDelay: milliseconds(300), upDelay: milliseconds(0) }],
    });
    const priority = (): number | undefined => host.running.status()[0]?.priority;
    const tell = (state: 'up' | 'down') => host.running.track(new Map([['script a', { state, reason: 'says so' }]]));
    tell('up');
    assert.equal(priority(), 128);
    tell('down');
    host.wakeAt(299);
    assert.equal(priority(), 128);
    host.wakeAt(300);
    assert.equal(priority(), 108);
  });

  it('announces what the rate held back, in its own time', () => {
    const host = open();
    host.wakeAt(3500);
    const first = new Set(host.announced).size;
    assert.equal(first, 10);
    host.wakeAt(3900);
    assert.ok(new Set(host.announced).size > first, 'as a part of a second has passed');
  });

  it('announces nothing more once another host is master', () => {
    const host = open();
    host.wakeAt(3500);
    host.hear(200);
    const before = host.announced.length;
    host.wakeAt(3900);
    assert.equal(host.announced.length, before);
  });

  it('gives mastership up when it is restrained, and takes it again once it is free', () => {
    const host = open();
    host.wakeAt(3500);
    const state = (): string | undefined => host.running.status()[0]?.state;
    assert.equal(state(), 'master');
    host.running.restrain(new Map([[config.name, { kind: 'yield', reason: 'lb1 is master too' }]]));
    assert.deepEqual([state(), host.running.status()[0]?.reason], ['backup', 'lb1 is master too']);
    host.wakeAt(7000);
    assert.deepEqual([state(), host.running.status()[0]?.withheld], ['backup', true]);
    // What it hears is no silent master that it may not succeed.
    host.hear(50);
    assert.equal(host.running.status()[0]?.withheld, undefined);
    host.running.restrain(new Map());
    host.wakeAt(7500);
    assert.equal(state(), 'master');
  });

  it('announces again when it is told to', () => {
    const host = open({ addresses: many.slice(0, 1) });
    host.wakeAt(3500);
    host.wakeAt(6000);
    const before = host.announced.length;
    host.running.reannounce(config.name);
    host.wakeAt(7200);
    assert.ok(host.announced.length > before);
  });

  it('announces again when its interface has another MAC, as a master alone', () => {
    const host = open({ addresses: many.slice(0, 1) });
    host.wakeAt(3500);
    host.wakeAt(6000);
    const before = host.announced.length;
    host.running.networkChanged();
    host.wakeAt(7200);
    assert.equal(host.announced.length, before);
    host.setMac('52:54:00:99:99:99');
    host.wakeAt(7300);
    assert.ok(host.announced.length > before);
  });

  it('shows the master that a backup has heard', () => {
    const host = open();
    host.hear(200);
    assert.equal(host.running.status()[0]?.master?.priority, 200);
  });

  it('announces nothing as a backup, though it is told to', () => {
    const host = open({ addresses: many.slice(0, 1) });
    host.running.reannounce(config.name);
    host.setMac('52:54:00:99:99:99');
    host.wakeAt(1000);
    assert.deepEqual(host.announced, []);
  });

  it('goes on announcing while a lesser one speaks', () => {
    const host = open();
    host.wakeAt(3500);
    host.hear(100);
    const before = host.announced.length;
    host.wakeAt(3900);
    assert.ok(host.announced.length > before);
  });
});
