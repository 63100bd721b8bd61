// What a routing daemon says of its sessions, and what it announces on each. Plain data.

import type { Milliseconds } from '../base/units.ts';
import type { IpAddress } from '../net/ip-address.ts';

export type Origin = 'igp' | 'egp' | 'incomplete';

/** A prefix that is announced on a session. */
export type Exported = {
  /** With its length: 192.0.2.10/32. */
  readonly prefix: string;
  readonly origin: Origin;
  readonly med: number;
};

export type Session = {
  readonly neighbour: IpAddress;
  /** The daemon's word: Established, Active, Idle and so on. */
  readonly state: string;
  readonly isUp: boolean;
  /** Switched off by the operator. */
  readonly isOff: boolean;
  readonly lastError?: string;
  /** The negotiated hold time; 0: none. */
  readonly holdTime?: Milliseconds;
  /** Absent without BFD. */
  readonly bfd?: 'up' | 'down';
  readonly exported: readonly Exported[];
};

/** What a daemon said; or why nothing is known. */
export type EngineState = { readonly sessions: readonly Session[] } | { readonly silent: string };

export type EngineAddress = {
  readonly type: 'bird' | 'frr';
  /** BIRD's control socket, or the directory with FRR's sockets. */
  readonly socket: string;
};
