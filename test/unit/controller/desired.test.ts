// What IPVS should hold for a server, by its health, the operator's drain and what the table has of it.

import assert from 'node:assert/strict';
import type { RealServerConfig, VirtualServiceConfig } from '../../../config/model.ts';
import { type Instant, milliseconds } from '../../../config/units.ts';
import { desiredDestination, desiredService, type ServerStanding } from '../../../controller/desired.ts';

const at = (value: number): Instant => value as Instant;
const service = {
  protocol: 'tcp',
  endpoint: { address: '10.0.0.100', port: 80 },
  scheduler: 'wlc',
  forwarding: 'nat',
  drainTimeout: milliseconds(60_000),
} as unknown as VirtualServiceConfig;
const server = { endpoint: { address: '10.1.0.1', port: 8080 }, weight: 7 } as unknown as RealServerConfig;

const standings = {
  up: { health: 'up', drained: false },
  unknown: { health: 'unknown', drained: false },
  down: { health: 'down', failedAt: at(40_001), drained: false },
  'down for the drain timeout': { health: 'down', failedAt: at(40_000), drained: false },
  'up and drained': { health: 'up', drained: true },
  'unknown and drained': { health: 'unknown', drained: true },
  'failed once, up and drained': { health: 'up', failedAt: at(0), drained: true },
} as const satisfies Record<string, ServerStanding>;
const actuals = {
  absent: undefined,
  active: { weight: 3, activeConnections: 5 },
  idle: { weight: 3, activeConnections: 0 },
  'at weight 0, active': { weight: 0, activeConnections: 5 },
  'at weight 0, idle': { weight: 0, activeConnections: 0 },
} as const;
/** The weight in the order of `actuals`; undefined for no destination. */
const weights: Readonly<Record<keyof typeof standings, readonly (number | undefined)[]>> = {
  up: [7, 7, 7, 7, 7],
  unknown: [undefined, 3, 3, 0, 0],
  down: [undefined, 0, 0, 0, undefined],
  'down for the drain timeout': [undefined, 0, 0, undefined, undefined],
  'up and drained': [undefined, 0, 0, 0, undefined],
  'unknown and drained': [undefined, 0, 0, 0, undefined],
  'failed once, up and drained': [undefined, 0, 0, 0, undefined],
};

describe('desired destination', () => {
  for (const [name, standing] of Object.entries(standings))
    for (const [index, [found, actual]] of Object.entries(actuals).entries()) {
      const weight = weights[name as keyof typeof standings][index];
      it(`${name}, found ${found}: ${weight === undefined ? 'none' : `weight ${weight}`}`, () =>
        assert.equal(desiredDestination(service, server, standing, actual, at(100_000))?.weight, weight));
    }

  it('carries the endpoints and the forwarding', () =>
    assert.deepEqual(desiredDestination(service, server, standings.up, undefined, at(0)), {
      service: { protocol: 'tcp', address: '10.0.0.100', port: 80 },
      address: '10.1.0.1',
      port: 8080,
      forwarding: 'nat',
      weight: 7,
    }));
});

describe('desired service', () => {
  it('carries the endpoint and the scheduler', () =>
    assert.deepEqual(desiredService(service), { protocol: 'tcp', address: '10.0.0.100', port: 80, scheduler: 'wlc' }));
});
