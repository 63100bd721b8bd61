// The state that a judgement takes from the previous one, and how a reload carries it over where names change. Pure.

import { describeMatch, type RealServerConfig, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { ServiceMemory } from './service-judgement.ts';

const serversOf = ({ realServers, sorryServer }: VirtualServiceConfig): readonly RealServerConfig[] =>
  sorryServer === undefined ? realServers : [...realServers, sorryServer];

/** The memory of a service under another configuration: servers are matched by address, and removed ones are forgotten. */
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
