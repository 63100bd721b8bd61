// The rehearsal of takeovers: its cost does not grow with routers and addresses.

import assert from 'node:assert/strict';
import type { AddressEntry } from '../../../kernel/route/address-entry.ts';
import { ip } from '../../../net/ip-address.ts';
import { createHoldings } from '../../../vrrp/holdings/addresses.ts';
import { rehearsedOf } from '../../../vrrp/rehearsal.ts';
import { routerConfig } from '../router-config.ts';
import { at, master } from './one-router.ts';

const addresses = Array.from({ length: 1000 }, (_, index) => ({
  address: ip(`10.1.${index >> 8}.${index & 255}`),
  prefixLength: 32,
}));
const routers = Array.from({ length: 255 }, (_, index) =>
  routerConfig({ name: `vip${index}`, virtualRouterId: index + 1, addresses, excluded: addresses }),
);

describe('the rehearsal of a takeover', () => {
  it('takes a few routers with a few addresses', () => {
    const rehearsed = rehearsedOf(routers);
    assert.deepEqual(
      rehearsed.map(({ name }) => name),
      ['vip0', 'vip1', 'vip2', 'vip3'],
    );
    for (const { addresses: some, excluded } of rehearsed) assert.deepEqual([some.length, excluded.length], [4, 4]);
    const [router] = rehearsedOf([routerConfig()]);
    assert.deepEqual(router, routerConfig());
  });

  it('prepares no more changes, however many addresses the kernel has', () => {
    const entries = addresses.map((address): AddressEntry => ({ interface: 'eth0', ...address, lifetime: 2 }));
    let prepared = 0;
    const rehearsed = rehearsedOf(routers).map((config) => ({ config, state: master }));
    const remembered = new Set(entries.map(({ address }) => `eth0 ${address}/32`));
    createHoldings({
      routers,
      ports: {
        clock: () => at(0),
        interfaces: () => [],
        addresses: {
          list: () => entries,
          prepare: (changes) => {
            prepared = changes.length;
          },
          apply: () => [],
          applySoon: () => undefined,
          settle: () => undefined,
        },
        remembered: () => remembered,
      },
      emit: () => undefined,
      report: () => undefined,
    }).rehearse(rehearsed);
    assert.ok(prepared > 0 && prepared <= 64, `${prepared} changes`);
  });
});
