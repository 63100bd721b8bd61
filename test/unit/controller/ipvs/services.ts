// Services and servers for tests: whatever is not said is the configuration's default.

import assert from 'node:assert/strict';
import type { RealServerConfig, VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import { ip } from '../../../../net/ip-address.ts';
import { configOf } from '../../config/source/texts.ts';

const [service = assert.fail()] = configOf(`director: d
vrrp: { routers: [] }
virtual_services:
  - { name: web, address: 10.0.0.1:80, real_servers: [{ name: rs0, address: 10.1.0.1:80, weight: 100 }] }
`).virtualServices;
const [server = assert.fail()] = service.realServers;

export const serverConfig = (given: Partial<RealServerConfig>): RealServerConfig => ({ ...server, ...given });

/** Servers rs0, rs1, … at 10.1.0.1, 10.1.0.2, … */
export const serverConfigs = (...given: Partial<RealServerConfig>[]): RealServerConfig[] =>
  given.map((one, index) =>
    serverConfig({ name: `rs${index}`, endpoint: { address: ip(`10.1.0.${index + 1}`), port: 80 }, ...one }),
  );

export const serviceConfig = (given: Partial<VirtualServiceConfig>): VirtualServiceConfig => ({
  ...service,
  realServers: [],
  ...given,
});
