// Services and servers for tests: whatever is not said is the configuration's default.

import { milliseconds } from '../../../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import { ip } from '../../../../net/ip-address.ts';

export const serverConfig = (given: Partial<RealServerConfig>): RealServerConfig => ({
  name: 'rs0',
  endpoint: { address: ip('10.1.0.1'), port: 80 },
  weight: 100,
  forwarding: 'masq',
  tunnel: { type: 'ipip', port: 0, checksum: 'none' },
  maxConnections: 0,
  resumeConnections: 0,
  standby: false,
  inhibit: false,
  ...given,
});

/** Servers rs0, rs1, … at 10.1.0.1, 10.1.0.2, … */
export const serverConfigs = (...given: Partial<RealServerConfig>[]): RealServerConfig[] =>
  given.map((one, index) =>
    serverConfig({ name: `rs${index}`, endpoint: { address: ip(`10.1.0.${index + 1}`), port: 80 }, ...one }),
  );

export const serviceConfig = (given: Partial<VirtualServiceConfig>): VirtualServiceConfig => ({
  name: 'web',
  matches: [{ address: ip('10.0.0.1'), port: 80 }],
  protocol: 'tcp',
  scheduler: 'wrr',
  schedulerFlags: [],
  onePacket: false,
  snat: false,
  checks: [
    {
      type: 'tcp',
      interval: milliseconds(1000),
      timeout: milliseconds(500),
      rise: 2,
      fall: 3,
    },
  ],
  drainTimeout: milliseconds(10_000),
  quorum: 1,
  hysteresis: 0,
  panicThreshold: 1,
  slowStart: milliseconds(0),
  realServers: [],
  ...given,
});
