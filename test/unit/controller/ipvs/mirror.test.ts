// What the mirror of the IPVS table holds after changes and counts: every setting of a destination stays.

import assert from 'node:assert/strict';
import { createMirror } from '../../../../controller/ipvs/mirror.ts';
import {
  type DestinationEntry,
  destinationKey,
  type ServiceEntry,
  serviceKey,
} from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';

const service: ServiceEntry = { protocol: 'tcp', address: ip('10.0.0.1'), port: 80, scheduler: 'wrr' };
const plain: DestinationEntry = { service, address: ip('10.1.0.1'), port: 80, forwarding: 'masq', weight: 7 };

describe('the mirror of the IPVS table', () => {
  const entries: Readonly<Record<string, DestinationEntry>> = {
    'a plain destination': plain,
    limits: { ...plain, upperThreshold: 9, lowerThreshold: 3 },
    'the upper limit alone': { ...plain, upperThreshold: 9 },
    'the lower limit alone': { ...plain, lowerThreshold: 3 },
    'a tunnel': { ...plain, forwarding: 'tunnel', tunnel: { type: 'gue', port: 6080, checksum: 'none' } },
  };
  for (const [what, entry] of Object.entries(entries))
    it(`keeps the settings of ${what} when it is made, counted, and changed`, () => {
      const mirror = createMirror();
      const key = destinationKey(entry);
      mirror.note({ type: 'add', entry: service });
      mirror.note({ type: 'add', entry });
      const { statistics, ...made } = mirror.destinations.get(key) ?? assert.fail('it is missing');
      assert.deepEqual(made, { ...entry, activeConnections: 0, inactiveConnections: 0 });
      mirror.count(key, 4, 5);
      assert.deepEqual(mirror.contents([serviceKey(service)]).destinations, [
        { ...entry, activeConnections: 4, inactiveConnections: 5, statistics },
      ]);
      const changed = { ...entry, weight: 8 };
      mirror.note({ type: 'update', from: entry, entry: changed });
      assert.deepEqual(mirror.destinations.get(key), {
        ...changed,
        activeConnections: 4,
        inactiveConnections: 5,
        statistics,
      });
      mirror.note({ type: 'remove', entry: changed });
      assert.equal(mirror.has(key), false);
    });
});
