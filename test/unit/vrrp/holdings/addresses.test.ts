// Leases are renewed while the process goes on; whatever else is done to addresses comes after a renewal that was begun.

import assert from 'node:assert/strict';
import type { Change } from '../../../../kernel/diff.ts';
import type { AddressEntry } from '../../../../kernel/route/address-entry.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterState } from '../../../../vrrp/election/router-state.ts';
import type { VrrpEventBody } from '../../../../vrrp/events.ts';
import { createHoldings } from '../../../../vrrp/holdings/addresses.ts';
import type { AddressResult } from '../../../../vrrp/ports.ts';
import { routerConfig } from '../../router-config.ts';
import { at, backup, master } from '../one-router.ts';

const config = routerConfig();
const vip: AddressEntry = { interface: 'eth0', address: ip('10.0.0.100'), prefixLength: 32, lifetime: 2 };

/** A host that does what is asked for in another thread only once it is told to. */
const open = () => {
  const held = new Map<string, AddressEntry>();
  const done: string[] = [];
  const told: VrrpEventBody[] = [];
  const restored: string[] = [];
  let now = 0;
  let interfaceName = 'eth0';
  let computed = 0;
  let listed: readonly AddressEntry[] | undefined;
  let state: RouterState = master;
  let pending: (() => void) | undefined;
  const apply = (changes: readonly Change<AddressEntry>[]): AddressResult[] =>
    changes.map((change) => {
      done.push(change.type);
      if (change.type !== 'update') listed = undefined;
      if (change.type === 'remove') held.delete(change.entry.address);
      else held.set(change.entry.address, change.entry);
      return { change, error: undefined };
    });
  const finish = (): void => {
    const last = pending;
    pending = undefined;
    last?.();
  };
  const holdings = createHoldings({
    routers: [config],
    ports: {
      clock: () => at(now),
      interfaces: () => [{ name: interfaceName, index: 2, mac: undefined, up: true }],
      addresses: {
        list: () => {
          listed ??= [...held.values()];
          return listed;
        },
        prepare: () => undefined,
        apply,
        applySoon: (changes, callback) => {
          assert.equal(pending, undefined);
          done.push('begun');
          pending = () => callback(apply(changes));
        },
        settle: finish,
      },
      remembered: () => {
        computed += 1;
        return new Set();
      },
    },
    emit: (event) => void told.push(event),
    report: ({ router }) => void restored.push(router),
  });
  holdings.reconcile([{ config, state }], 'transition');
  done.length = 0;
  told.length = 0;
  return {
    holdings,
    held,
    done,
    told,
    restored,
    finish,
    /** How often the changes were computed since the last call. */
    computed: () => {
      const count = computed;
      computed = 0;
      return count;
    },
    rename: (name: string) => {
      interfaceName = name;
      for (const [address, entry] of held) held.set(address, { ...entry, interface: name });
      listed = undefined;
    },
    removeByHand: () => {
      held.clear();
      listed = undefined;
    },
    advertiseAt: (instant: number) => {
      now = instant;
      holdings.renewIfDue(at(instant));
    },
    yieldMastership: () => {
      state = backup;
      holdings.reconcile([{ config, state }], 'transition');
    },
  };
};

describe('an interface that is renamed', () => {
  it('keeps no address of a router', () => {
    const host = open();
    host.rename('other0');
    host.yieldMastership();
    assert.deepEqual([...host.held.keys()], []);
    assert.deepEqual(
      host.told.map((event) => event.type === 'address' && [event.router, event.interface, event.change]),
      [[config.name, 'other0', 'removed']],
    );
  });

  it('keeps what is another program’s', () => {
    const host = open();
    host.held.set('10.0.0.9', { interface: 'eth0', address: ip('10.0.0.9'), prefixLength: 24, lifetime: 'forever' });
    host.rename('other0');
    host.yieldMastership();
    assert.deepEqual([...host.held.keys()], ['10.0.0.9']);
  });
});

describe('a lease', () => {
  it('is renewed without computing the changes again, until an address or a state changes', () => {
    const host = open();
    host.computed();
    const renewAt = (instant: number): void => {
      host.advertiseAt(instant);
      host.finish();
    };
    for (const instant of [1000, 2000, 3000, 4000]) renewAt(instant);
    assert.equal(host.computed(), 1);
    host.removeByHand();
    renewAt(5000);
    assert.equal(host.computed(), 1);
    assert.equal(host.held.size, 1);
    renewAt(6000);
    renewAt(7000);
    assert.equal(host.computed(), 1);
    assert.deepEqual(host.done.slice(-2), ['begun', 'update']);
  });

  it('is renewed in a third of its time, and not again while that goes on', () => {
    const host = open();
    host.advertiseAt(600);
    host.advertiseAt(700);
    host.advertiseAt(1500);
    assert.deepEqual(host.done, ['begun']);
    host.finish();
    host.advertiseAt(1600);
    assert.deepEqual(host.done, ['begun', 'update', 'begun']);
    assert.deepEqual(host.told, []);
  });

  it('is not renewed after its address was given up', () => {
    const host = open();
    host.advertiseAt(700);
    host.yieldMastership();
    assert.deepEqual(host.done, ['begun', 'update', 'remove']);
    host.finish();
    assert.deepEqual([...host.held], []);
  });

  it('is given up with an address that was just put back', () => {
    const host = open();
    host.removeByHand();
    host.advertiseAt(700);
    host.yieldMastership();
    assert.deepEqual(host.done, ['begun', 'add', 'remove']);
    assert.deepEqual([...host.held], []);
  });

  it('tells of an address that somebody removed', () => {
    const host = open();
    host.removeByHand();
    host.advertiseAt(700);
    host.finish();
    assert.deepEqual([...host.held.values()], [vip]);
    assert.deepEqual(
      host.told.map((event) => event.type === 'address' && event.change),
      ['restored'],
    );
    assert.deepEqual(host.restored, ['vip']);
  });
});
