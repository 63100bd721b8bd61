// Portions of a long batch of IPVS changes.

import assert from 'node:assert/strict';
import { changesPerPortion, portionsOf } from '../../../../controller/ipvs/writing.ts';
import type { Change } from '../../../../kernel/diff.ts';
import type { DestinationEntry, ServiceEntry } from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';

const service = (port: number): ServiceEntry => ({
  protocol: 'tcp',
  address: ip('10.0.0.1'),
  port,
  scheduler: 'wrr',
});
const made: Change<ServiceEntry> = { type: 'add', entry: service(80) };
const removed: Change<ServiceEntry> = { type: 'remove', entry: service(81) };
const changes = (count: number): Change<DestinationEntry>[] =>
  Array.from({ length: count }, (_, port) => ({
    type: 'add',
    entry: { service: service(80), address: ip('10.1.0.1'), port, forwarding: 'masq', weight: 1 },
  }));

describe('a batch of changes of the IPVS table', () => {
  for (const [count, ...sizes] of [
    [0, 0],
    [changesPerPortion, changesPerPortion],
    [changesPerPortion + 1, changesPerPortion, 1],
    [2 * changesPerPortion + 1, changesPerPortion, changesPerPortion, 1],
  ] as const)
    it(`of ${count} destinations makes services in its first portion, and removes them in its last`, () => {
      const destinations = changes(count);
      const portions = portionsOf([
        { services: [removed], destinations: destinations.slice(0, 5) },
        { services: [made], destinations: destinations.slice(5) },
      ]);
      assert.deepEqual(
        portions.map((portion) => portion.destinations.length),
        sizes,
      );
      assert.deepEqual(
        portions.flatMap((portion) => portion.destinations),
        destinations,
      );
      assert.deepEqual(
        portions.map(({ services }) => services),
        sizes.map((_, index) => [...(index === 0 ? [made] : []), ...(index === sizes.length - 1 ? [removed] : [])]),
      );
    });
});
