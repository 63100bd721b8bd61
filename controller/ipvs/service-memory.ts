// What one judgement must know of the one before it, and how a reload takes that along where names change. Pure.

import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { ServiceMemory } from './service-judgement.ts';

const serversOf = ({ realServers, sorryServer }: VirtualServiceConfig): readonly RealServerConfig[] =>
  sorryServer === undefined ? realServers : [...realServers, sorryServer];

/** The memory of a service in another configuration: a server is known by its address, and one that left is forgotten. */
export const carryMemory = (
  memory: ServiceMemory,
  before: VirtualServiceConfig,
  after: VirtualServiceConfig,
): ServiceMemory => {
  const former = new Map(serversOf(before).map(({ endpoint, name }) => [describeMatch(endpoint), name]));
  return {
    ...memory,
    servers: new Map(
      serversOf(after).flatMap(({ endpoint, name }) => {
        const known = memory.servers.get(former.get(describeMatch(endpoint)) ?? '');
        return known === undefined ? [] : [[name, known] as const];
      }),
    ),
  };
};
