// What a plan asks of the running director.

import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { ServerCommand } from '../operator/commands.ts';

export type Living = {
  readonly routers: readonly RouterStatus[];
  /** Over all addresses that the service is given with. */
  readonly connectionsOf: (service: VirtualServiceConfig, server: RealServerConfig) => number;
  /** What an operator has commanded, by the server's name. */
  readonly commandOf?: (server: string) => Pick<ServerCommand, 'drained' | 'weight'> | undefined;
};
