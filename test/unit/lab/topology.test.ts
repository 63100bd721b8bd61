// The lab's plan: addresses, routes and configurations of both profiles.

import { deepEqual, equal } from 'node:assert/strict';
import { configurationOf, detectionOf, readDocument, routerOf } from '../../../lab/configuration.ts';
import {
  addressOfMac,
  directorNames,
  hostNames,
  hostOf,
  hostsOf,
  macOf,
  virtualAddress,
  virtualAddresses,
} from '../../../lab/topology.ts';

const addresses = {
  lb0: ['192.168.66.11', '192.168.55.11'],
  lb1: ['192.168.66.12', '192.168.55.12'],
  rs0: ['192.168.66.111'],
  rs1: ['192.168.66.112'],
  cl0: ['192.168.55.200'],
};

describe('the hosts of the lab', () => {
  for (const host of hostsOf('gateway')) {
    it(`${host.name} has ${addresses[host.name].join(' and ')}`, () => {
      deepEqual(
        host.attachments.map(({ address }) => address),
        addresses[host.name],
      );
      for (const { address } of host.attachments) {
        equal(hostOf(address), host.name);
        equal(addressOfMac(macOf(address)), address);
      }
    });
  }

  it('route through a floating gateway, in the seed profile through lb0', () => {
    const routes = (profile: 'gateway' | 'seed') => hostsOf(profile).find(({ name }) => name === 'rs0')?.routes;
    deepEqual(
      routes('gateway')?.map(({ via }) => via),
      ['192.168.66.100', '192.168.66.100'],
    );
    deepEqual(routes('seed'), [{ to: '192.168.55.0/24', via: '192.168.66.11' }]);
  });

  it('are five', () => equal(hostNames.length, 5));
});

describe('the configuration of the seed profile', () => {
  for (const name of directorNames) {
    it(`puts the address of ${name} where the seed has it`, async () => {
      const document = await readDocument(configurationOf(name, 'seed'));
      deepEqual(virtualAddresses('seed'), [{ interface: 'enp0s8', address: virtualAddress }]);
      equal(routerOf(document, virtualAddress).routerId, 51);
    });
  }

  it("gives lb1's master down interval and how long the checks may take", async () => {
    const document = await readDocument(configurationOf('lb1', 'seed'));
    equal(routerOf(document, virtualAddress).masterDown, 3609.375);
    deepEqual(detectionOf(document), { death: 3500, recovery: 2500 });
  });
});
