// What a service has counted, over its addresses together.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { serviceStatistics } from '../../../../controller/ipvs/counters.ts';
import { desiredServices } from '../../../../controller/ipvs/desired.ts';
import { type ServiceState, serviceKey } from '../../../../kernel/ipvs/entries.ts';

const parsed = parseConfig(
  `director: lb0
vrrp: { routers: [{ name: vip, interface: lo, virtual_router_id: 51, addresses: [192.0.2.1/32, 192.0.2.2/32] }] }
virtual_services:
  - name: web
    addresses: ["192.0.2.1:80", "192.0.2.2:80"]
    real_servers: [{ address: "198.51.100.1:80" }]
`,
  'test',
);

describe('serviceStatistics', () => {
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [service] = parsed.config.virtualServices;
  assert.ok(service);
  const states = desiredServices(service).map(
    (entry): ServiceState => ({
      ...entry,
      statistics: { connections: 1n, inPackets: 2n, outPackets: 3n, inBytes: 4n, outBytes: 5n },
    }),
  );
  const table = (some: readonly ServiceState[]) => new Map(some.map((state) => [serviceKey(state), state]));

  it('adds up the addresses of a service', () => {
    assert.equal(states.length, 2);
    assert.deepEqual(serviceStatistics(table(states), service), {
      connections: 2n,
      inPackets: 4n,
      outPackets: 6n,
      inBytes: 8n,
      outBytes: 10n,
    });
  });
  it('tells of one alone while the kernel has no other', () =>
    assert.equal(serviceStatistics(table(states.slice(1)), service)?.connections, 1n));
  it('has nothing to tell where the kernel has none', () =>
    assert.equal(serviceStatistics(new Map(), service), undefined));
});
