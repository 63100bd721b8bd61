// The state of the running director that a plan needs.

import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { AnycastStatus } from '../anycast/anycast.ts';
import type { ServerCommand } from '../operator/commands.ts';

export type Living = {
  readonly routers: readonly RouterStatus[];
  /** The entries of anycast. */
  readonly anycast?: readonly Pick<AnycastStatus, 'name' | 'state' | 'last'>[];
  /** Whether another director announces all of these addresses; absent without peers, which would say so. */
  readonly announcedElsewhere?: (addresses: readonly IpAddress[]) => boolean;
  /** Whether a service has lost its quorum. */
  readonly isDown?: (service: string) => boolean;
  /** Over all addresses of the given service. */
  readonly connectionsOf: (service: VirtualServiceConfig, server: RealServerConfig) => number;
  /** Whether a router of this name stands aside by command, also where there is none yet. */
  readonly isAside?: (router: string) => boolean;
  /** An operator's command, by server name. */
  readonly commandOf?: (server: string) => Pick<ServerCommand, 'drained' | 'weight'> | undefined;
};
