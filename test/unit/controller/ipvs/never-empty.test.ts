// Turn after turn, whatever the checks say: a service that has a healthy server is never without one, not for an instant.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { nameService, noPlan, rememberNames } from '../../../../controller/ipvs/named-service.ts';
import { judgeService, noMemory, type ServerStanding } from '../../../../controller/ipvs/service-judgement.ts';
import { type IpvsContents, planTurn } from '../../../../controller/ipvs/turn.ts';
import { type IpvsChanges, ipvsChanges } from '../../../../kernel/ipvs/changes.ts';
import { type DestinationState, destinationKey, serviceKey } from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';
import { extent } from '../../../prove/extent.ts';
import { play, served, type Table } from '../../kernel/ipvs/played-table.ts';
import { serverConfig, serverConfigs, serviceConfig } from './services.ts';

const noNull = { noNullPrototype: true } as const;
const standing: fc.Arbitrary<ServerStanding> = fc.record(
  {
    health: fc.constantFrom('up' as const, 'up' as const, 'down' as const, 'unknown' as const),
    drained: fc.constantFrom(false, false, false, true),
  },
  noNull,
);
const serverCount = 4;
const setting = fc.record(
  {
    standby: fc.array(fc.boolean(), { minLength: serverCount, maxLength: serverCount }),
    hasSorry: fc.boolean(),
    quorum: fc.constantFrom(1, 150, 250),
    hysteresis: fc.constantFrom(0, 50),
    panicThreshold: fc.constantFrom(0, 1, 60),
    slowStart: fc.constantFrom(milliseconds(0), milliseconds(5000)),
    drainTimeout: fc.constantFrom(milliseconds(0), milliseconds(3000)),
  },
  noNull,
);
const turns = fc.array(
  fc.record(
    {
      standings: fc.array(standing, { minLength: serverCount, maxLength: serverCount }),
      connections: fc.array(fc.nat(2), { minLength: serverCount + 1, maxLength: serverCount + 1 }),
      after: fc.integer({ min: 0, max: 4000 }),
    },
    noNull,
  ),
  { minLength: 1, maxLength: 12 },
);

const statistics = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
const key = 'tcp 10.0.0.1:80';

describe('turns of a service with sorry and standby servers', () => {
  it('never empty it while a server of it is healthy, and end with nothing to do', () =>
    fc.assert(
      fc.property(setting, turns, ({ standby, hasSorry, ...settings }, sequence) => {
        const service = serviceConfig({
          ...settings,
          realServers: serverConfigs(...standby.map((isStandby) => ({ standby: isStandby }))),
          ...(hasSorry && {
            sorryServer: serverConfig({ name: 'sorry', endpoint: { address: ip('10.1.0.9'), port: 80 }, weight: 1 }),
          }),
        });
        const named = nameService(service);
        const table: Table = { services: new Map(), destinations: new Map() };
        let [memory, plans, now] = [noMemory, rememberNames(noPlan, [named], () => true), 0];

        const turn = (standings: readonly ServerStanding[], connections: readonly number[]) => {
          const judged = service.realServers.map((server) => ({
            server,
            standing: standings[Number(server.name.slice(2))] ?? ({ health: 'up', drained: false } as const),
          }));
          const [next, judgement] = judgeService(service, judged, memory, now as Instant);
          memory = next;
          const destinations = [...table.destinations.values()].map(
            (entry): DestinationState => ({
              ...entry,
              activeConnections: connections[Number(entry.address.at(-1)) % connections.length] ?? 0,
              inactiveConnections: 0,
              statistics,
            }),
          );
          const actual: IpvsContents = { services: [...table.services.values()], destinations };
          const plan = planTurn([named], new Map([['web', judgement]]), actual, () => true, plans, now as Instant);
          plans = plan.memory;
          return { judgement, changes: ipvsChanges(actual, plan.desired, () => true) };
        };
        const run = (changes: IpvsChanges): void => {
          const before = served(table).has(key);
          const seen: boolean[] = [];
          play(table, changes, (current) => seen.push(served(current).has(key)));
          if (before && served(table).has(key)) assert.ok(seen.every(Boolean), 'empty for an instant');
        };

        for (const { standings, connections, after } of sequence) {
          now += after;
          const { judgement, changes } = turn(standings, connections);
          run(changes);
          const healthy = service.realServers.filter((_, index) => {
            const { health, drained } = standings[index] ?? { health: 'down', drained: false };
            return health === 'up' && !drained;
          });
          const hasPrimary = healthy.some((server) => !server.standby);
          const hasSubstitute = judgement.quorum === 'lost' && (hasSorry || healthy.length > 0);
          if (hasPrimary || hasSubstitute)
            assert.ok(served(table).has(key), `nobody serves, in ${judgement.mode} mode`);

          // What is idle at weight 0 goes in the next turn; then there is nothing left to do.
          const idle = connections.map(() => 0);
          run(turn(standings, idle).changes);
          const { services, destinations } = turn(standings, idle).changes;
          assert.deepEqual(
            [services.map(({ entry }) => serviceKey(entry)), destinations.map(({ entry }) => destinationKey(entry))],
            [[], []],
          );
        }
      }),
      { numRuns: extent(3000, 150) },
    )).timeout(extent(300_000, 20_000));
});
