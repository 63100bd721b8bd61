// Virtual services and real servers in the validated model: defaults filled in, every address expanded.

import { formatEndpoint } from '../../net/endpoint.ts';
import type { DirectorConfig } from './model.ts';

export type VirtualServiceConfig = DirectorConfig['virtualServices'][number];
export type RealServerConfig = VirtualServiceConfig['realServers'][number];
/** What a service matches: one address with one port (0 for every port), or packets with a firewall mark. */
export type ServiceMatch = VirtualServiceConfig['matches'][number];
export type Protocol = VirtualServiceConfig['protocol'];
export type Scheduler = VirtualServiceConfig['scheduler'];

/** Schedulers that choose by the packet alone, alike on all directors. */
const hashSchedulers: readonly string[] = ['mh', 'sh', 'dh'] satisfies Scheduler[];
export const isHashScheduler = (scheduler: string): boolean => hashSchedulers.includes(scheduler);
/** Encapsulation of tunnelled packets. */
export type TunnelConfig = RealServerConfig['tunnel'];

/** How the directors' kernels synchronize connections. */
export type ConnectionSyncConfig = NonNullable<DirectorConfig['connectionSync']>;
/** How long IPVS keeps an idle connection; absent to keep the kernel's setting. */
export type IpvsTimeoutsConfig = DirectorConfig['ipvsTimeouts'];

/** Text of a match: `192.168.55.100:80`, `[fd00::64]:80`, `192.168.55.100` (every port), `mark 7`. */
export const describeMatch = (match: ServiceMatch): string => {
  if ('firewallMark' in match) return `mark ${match.firewallMark}${match.family === 'ipv6' ? ' ipv6' : ''}`;
  return formatEndpoint(match);
};
