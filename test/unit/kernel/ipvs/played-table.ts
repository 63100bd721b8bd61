// The kernel's IPVS table as plain maps, on which changes are played one by one, and looked at after each.

import assert from 'node:assert/strict';
import type { IpvsChanges, IpvsContent } from '../../../../kernel/ipvs/changes.ts';
import {
  type DestinationEntry,
  destinationKey,
  type ServiceEntry,
  serviceKey,
} from '../../../../kernel/ipvs/entries.ts';

export type Table = { services: Map<string, ServiceEntry>; destinations: Map<string, DestinationEntry> };

export const tableOf = ({ services, destinations }: IpvsContent): Table => ({
  services: new Map(services.map((entry) => [serviceKey(entry), entry])),
  destinations: new Map(destinations.map((entry) => [destinationKey(entry), entry])),
});

/** Does the changes one by one, as the kernel would; `look` sees the table after each. */
export const play = (table: Table, { services, destinations }: IpvsChanges, look: (table: Table) => void): void => {
  for (const { type, entry } of services.filter((change) => change.type !== 'remove')) {
    assert.equal(table.services.has(serviceKey(entry)), type === 'update');
    table.services.set(serviceKey(entry), entry);
    look(table);
  }
  for (const { type, entry } of destinations) {
    assert.ok(table.services.has(serviceKey(entry.service)), 'its service is there');
    assert.equal(table.destinations.has(destinationKey(entry)), type !== 'add');
    if (type === 'remove') table.destinations.delete(destinationKey(entry));
    else table.destinations.set(destinationKey(entry), entry);
    look(table);
  }
  for (const { entry } of services.filter((change) => change.type === 'remove')) {
    table.services.delete(serviceKey(entry));
    for (const [key, { service }] of table.destinations)
      if (serviceKey(service) === serviceKey(entry)) table.destinations.delete(key);
    look(table);
  }
};

/** The services that somebody serves. */
export const served = ({ destinations }: Pick<Table, 'destinations'>): Set<string> =>
  new Set([...destinations.values()].filter(({ weight }) => weight > 0).map(({ service }) => serviceKey(service)));
