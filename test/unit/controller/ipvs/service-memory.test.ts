// A reload takes along what was known of servers: by their addresses, since names may change.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import { judgeService, noMemory } from '../../../../controller/ipvs/service-judgement.ts';
import { carryMemory } from '../../../../controller/ipvs/service-memory.ts';
import { ip } from '../../../../net/ip-address.ts';
import { serverConfig, serverConfigs, serviceConfig } from './services.ts';

const now = 1000 as Instant;
const before = serviceConfig({
  realServers: serverConfigs({}, {}),
  sorryServer: serverConfig({ name: 'sorry', endpoint: { address: ip('10.1.0.9'), port: 80 } }),
});
const judged = before.realServers.map((server) => ({ server, standing: { health: 'down', drained: false } as const }));
const [memory] = judgeService(before, judged, noMemory, now);

describe('what was known of a service', () => {
  it('goes on under the new names of its servers', () => {
    const after = serviceConfig({
      realServers: serverConfigs({ name: 'a' }, { name: 'rs0' }),
      sorryServer: serverConfig({ name: 'late', endpoint: { address: ip('10.1.0.9'), port: 80 } }),
    });
    const carried = carryMemory(memory, before, after);
    assert.deepEqual([...carried.servers.keys()], ['a', 'rs0', 'late']);
    assert.equal(carried.servers.get('a'), memory.servers.get('rs0'));
    assert.equal(carried.servers.get('rs0'), memory.servers.get('rs1'));
    assert.deepEqual([carried.mode, carried.quorum], [memory.mode, memory.quorum]);
  });

  it('ends with a server, and does not begin with one of its name', () => {
    const after = serviceConfig({
      realServers: [serverConfig({ name: 'rs0', endpoint: { address: ip('10.1.0.7'), port: 80 } })],
    });
    assert.deepEqual([...carryMemory(memory, before, after).servers], []);
  });
});
