// Many routers of one host at once: what is due together is done together, once the packets that waited have spoken.

import assert from 'node:assert/strict';
import { type Instant, type Milliseconds, milliseconds } from '../../../base/units.ts';
import type { RouterConfig } from '../../../config/model/model.ts';
import type { Change } from '../../../kernel/diff.ts';
import type { AddressEntry } from '../../../kernel/route/address-entry.ts';
import { ip } from '../../../net/ip-address.ts';
import type { FromVrrp } from '../../../vrrp/messages.ts';
import type { AddressResult, Ports } from '../../../vrrp/ports.ts';
import type { PacketHeader } from '../../../vrrp/protocol/packet.ts';
import { createRouters } from '../../../vrrp/routers.ts';
import { at, config, group, sent } from './one-router.ts';
import { playAddresses, restingPorts } from './played-ports.ts';

const count = 255;
const routers: RouterConfig[] = Array.from({ length: count }, (_, index) => ({
  ...config,
  name: `r${index + 1}`,
  virtualRouterId: index + 1,
  addresses: [{ address: ip(`10.0.1.${index + 1}`), prefixLength: 32 }],
}));

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A host whose clock stands until it is set, on a wire that the test speaks on. */
const open = () => {
  let now = 0;
  let due: ((stood: Milliseconds) => void) | undefined;
  let speak: ((packet: PacketHeader & { readonly payload: Uint8Array }) => void) | undefined;
  let isUrgent: boolean | undefined;
  const batches: (readonly Change<AddressEntry>[])[] = [];
  const advertised: number[] = [];
  const told: FromVrrp[] = [];
  const held: AddressEntry[] = [];
  const own = { interface: 'eth0', address: ip('10.0.0.1'), prefixLength: 24, lifetime: 'forever' } as unknown;
  const apply = (changes: readonly Change<AddressEntry>[]): AddressResult[] => {
    if (changes.length > 0) batches.push(changes);
    held.push(...changes.flatMap((change) => (change.type === 'add' ? [change.entry] : [])));
    return changes.map((change) => ({ change, error: undefined }));
  };
  const ports: Ports = {
    ...restingPorts,
    clock: () => at(now),
    wall: () => now,
    soon: setImmediate,
    at: (_: Instant, callback, wanted) => {
      due = callback;
      isUrgent = wanted;
      return () => {
        if (due === callback) due = undefined;
      };
    },
    interfaces: () => [{ name: 'eth0', index: 2, mac: '52:54:00:12:34:56', up: true }],
    addresses: playAddresses(() => [own as AddressEntry, ...held], apply),
    openWire: (_link, _use, onPackets) => {
      speak = (packet) => onPackets([packet]);
      return {
        send: (payload) => void advertised.push(payload[1] ?? 0),
        close: () => undefined,
      };
    },
    remembered: () => new Set(),
  };
  const tracked = { scripts: [], processes: [], files: [], bfd: [] };
  const running = createRouters(
    { ...tracked, routers, groups: [], hold: milliseconds(0), announceRate: 500 },
    ports,
    (message) => told.push(message),
  );
  running.start();
  return {
    batches,
    advertised,
    told,
    status: running.status,
    /** Whether the timer that is armed must be accurate. */
    isUrgent: () => isUrgent,
    hear: (payload: Uint8Array) => speak?.({ ...group, payload }),
    /** Sets the clock, and lets the timer that is armed fire: by so much later than it was to. */
    wakeAt: (instant: number, stood = 0) => {
      now = instant;
      due?.(milliseconds(stood));
    },
  };
};

describe('255 routers whose master is silent', () => {
  it('wake up in time to take over, and need not be so accurate as masters', () => {
    const host = open();
    assert.equal(host.isUrgent(), true);
    host.wakeAt(3500);
    assert.equal(host.isUrgent(), false);
  });

  it('change the kernel in one batch when they are all due, and tell of it once', async () => {
    const host = open();
    await aTurn();
    host.told.length = 0;
    // Of one priority, so that all are due in one moment.
    host.wakeAt(3500);
    assert.deepEqual(
      host.batches.map(({ length }) => length),
      [count],
    );
    assert.deepEqual([...new Set(host.advertised)].length, count);
    await aTurn();
    const summaries = host.told.filter(({ type }) => type === 'status' || type === 'will');
    assert.deepEqual(
      summaries.map(({ type }) => type),
      ['will', 'status'],
    );
  });

  it('count how late their advertisements leave, and not how late they took over', () => {
    const host = open();
    host.wakeAt(3500.5);
    host.wakeAt(4503.5);
    const [status] = host.status();
    const { bounds = [], counts = [], sum } = status?.advertisementLateness ?? {};
    assert.equal(sum, 3);
    assert.equal(
      counts.reduce((total, one) => total + one, 0),
      1,
    );
    assert.equal(bounds[counts.indexOf(1)], 5);
  });

  it('bear with one whose master speaks once this host goes on again', () => {
    const host = open();
    host.wakeAt(3700, 200);
    assert.deepEqual(host.batches, []);
    host.hear(sent({ virtualRouterId: 7, addresses: [{ address: ip('10.0.1.7'), prefixLength: 32 }] }));
    host.wakeAt(3899);
    assert.deepEqual(host.batches, []);
    host.wakeAt(3900);
    const backups = host.status().filter(({ state }) => state === 'backup');
    assert.deepEqual(
      backups.map(({ name }) => name),
      ['r7'],
    );
  });
});
