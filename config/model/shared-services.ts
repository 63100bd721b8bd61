// A new configuration that keeps the objects of what has not changed, so that all others see that without comparing it. Pure.

import { isSameData } from '../../base/same-data.ts';
import type { DirectorConfig } from './model.ts';
import type { RealServerConfig, VirtualServiceConfig } from './service-model.ts';

const shareServers = (before: VirtualServiceConfig, next: VirtualServiceConfig): VirtualServiceConfig => {
  const known = new Map(before.realServers.map((server) => [server.name, server]));
  const shared = (server: RealServerConfig): RealServerConfig => {
    const former = known.get(server.name);
    return former !== undefined && isSameData(former, server) ? former : server;
  };
  return { ...next, realServers: next.realServers.map(shared) };
};

/** @returns `next`, whose services and real servers are those of `before` wherever they are equal */
export const shareServices = (before: DirectorConfig, next: DirectorConfig): DirectorConfig => {
  const known = new Map(before.virtualServices.map((service) => [service.name, service]));
  const shared = (service: VirtualServiceConfig): VirtualServiceConfig => {
    const former = known.get(service.name);
    if (former === undefined || former === service) return service;
    return isSameData(former, service) ? former : shareServers(former, service);
  };
  return { ...next, virtualServices: next.virtualServices.map(shared) };
};
