// From any table to any other: reached, in an order that never leaves a service without a server, and then nothing is left to do.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type IpvsContent, ipvsChanges } from '../../../../kernel/ipvs/changes.ts';
import {
  type DestinationEntry,
  destinationKey,
  type ServiceEntry,
  serviceAddressOf,
  serviceKey,
} from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';
import { play, served, type Table, tableOf } from './played-table.ts';

const noNull = { noNullPrototype: true } as const;
const address = fc.constantFrom(ip('10.0.0.1'), ip('10.0.0.2'), ip('fd00::1'), ip('FD00:0::1'));
const service: fc.Arbitrary<ServiceEntry> = fc
  .tuple(
    fc.oneof(
      fc.record(
        { protocol: fc.constantFrom('tcp' as const, 'udp' as const), address, port: fc.constantFrom(0, 80) },
        noNull,
      ),
      fc.record(
        { firewallMark: fc.constantFrom(1, 2), family: fc.constantFrom('ipv4' as const, 'ipv6' as const) },
        noNull,
      ),
    ),
    fc.constantFrom('rr', 'wrr', 'sh'),
    fc.boolean(),
  )
  .map(([found, scheduler, fallback]) => ({ ...found, scheduler, fallback }));

const content: fc.Arbitrary<IpvsContent> = fc.uniqueArray(service, { selector: serviceKey, maxLength: 5 }).chain(
  (services): fc.Arbitrary<IpvsContent> =>
    services.length === 0
      ? fc.constant({ services, destinations: [] })
      : fc
          .uniqueArray(
            fc.record(
              {
                service: fc.constantFrom(...services).map(serviceAddressOf),
                address,
                port: fc.constantFrom(80, 81),
                forwarding: fc.constantFrom('masq' as const, 'tunnel' as const),
                weight: fc.constantFrom(0, 0, 1, 100),
              },
              noNull,
            ),
            { selector: destinationKey, maxLength: 12 },
          )
          .map((destinations) => ({ services, destinations })),
);

const isOurs = (): boolean => true;
const contentOf = (table: Table): IpvsContent => ({
  services: [...table.services.values()],
  destinations: [...table.destinations.values()],
});

describe('changes of the IPVS table', () => {
  it('reach any table from any other, and then there is nothing to do', () =>
    fc.assert(
      fc.property(content, content, (actual, desired) => {
        const table = tableOf(actual);
        play(table, ipvsChanges(actual, desired, isOurs), () => {});
        assert.deepEqual(new Set(table.services.keys()), new Set(desired.services.map(serviceKey)));
        assert.deepEqual(new Set(table.destinations.keys()), new Set(desired.destinations.map(destinationKey)));
        const again = ipvsChanges(contentOf(table), desired, isOurs);
        assert.deepEqual([again.services, again.destinations], [[], []]);
      }),
      { numRuns: 1000 },
    ));

  it('never leave a service without a server that had one and shall have one', () =>
    fc.assert(
      fc.property(content, content, (actual, desired) => {
        const table = tableOf(actual);
        const before = served(table);
        const after = served(tableOf(desired));
        const always = [...before].filter((key) => after.has(key));
        play(table, ipvsChanges(actual, desired, isOurs), (now) => {
          const current = served(now);
          for (const key of always) assert.ok(current.has(key), `${key} is without a server`);
        });
      }),
      { numRuns: 1000 },
    ));

  it('leave the destinations of a service that goes to the service, which takes them with it', () => {
    const web: ServiceEntry = { protocol: 'tcp', address: ip('10.0.0.1'), port: 80, scheduler: 'wrr' };
    const rs0: DestinationEntry = {
      service: serviceAddressOf(web),
      address: ip('10.1.0.1'),
      port: 80,
      forwarding: 'masq',
      weight: 100,
    };
    const changes = ipvsChanges({ services: [web], destinations: [rs0] }, { services: [], destinations: [] }, isOurs);
    assert.deepEqual([changes.services.length, changes.destinations.length], [1, 0]);
  });

  it('touch nothing foreign', () =>
    fc.assert(
      fc.property(content, content, (actual, desired) => {
        const wanted = new Set([...desired.services.map(serviceKey), ...desired.destinations.map(destinationKey)]);
        const table = tableOf(actual);
        play(
          table,
          ipvsChanges(actual, desired, (key) => wanted.has(key)),
          () => {},
        );
        for (const entry of actual.services) assert.ok(table.services.has(serviceKey(entry)));
        for (const entry of actual.destinations) assert.ok(table.destinations.has(destinationKey(entry)));
      }),
    ));
});
