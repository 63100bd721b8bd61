// What the routing daemon says of the anycast addresses. A reader for each daemon asks it; status and metrics show it.

import type { AnycastConfig } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';

export type EngineConfig = NonNullable<AnycastConfig['engine']>;

/** A session of the daemon with a router. */
export type EngineSession = {
  readonly name: string;
  readonly neighbour: IpAddress;
  readonly isUp: boolean;
  /** The daemon's own word, such as `Established`. */
  readonly state: string;
  /** In seconds, as negotiated; absent while the session is down. */
  readonly holdTime?: number;
  /** Whether BFD watches the neighbour. */
  readonly bfd: boolean;
};

/** An address that the daemon exports to at least one neighbour. */
export type ExportedAddress = {
  readonly address: IpAddress;
  /** Names of the sessions that it is exported to. */
  readonly sessions: readonly string[];
  readonly origin?: 'igp' | 'egp' | 'incomplete';
  readonly med?: number;
};

export type EngineView = {
  /** Why the daemon could not be asked; sessions and addresses are empty then. */
  readonly fault?: string;
  readonly sessions: readonly EngineSession[];
  readonly exported: readonly ExportedAddress[];
};

/** Asks the daemon about some addresses. Never rejects: what fails is the view's fault. */
export type ReadEngine = (engine: EngineConfig, addresses: readonly IpAddress[]) => Promise<EngineView>;
