// What routers watch beside their own wire, as the program sees it.

import type { Milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';

export const trackedKinds = ['interface', 'script', 'process', 'file', 'service', 'route', 'neighbour', 'bfd'] as const;
export type TrackedKind = (typeof trackedKinds)[number];

/** One entry of a router's or group's `track`. */
export type TrackConfig = {
  readonly kind: TrackedKind;
  /** An interface's name, a prefix (0.0.0.0/0 for the default route), an address, or the name of what is configured elsewhere. */
  readonly name: string;
  /**
   * Positive: added to the priority while the item is up. Negative: subtracted while it is down. A file's is multiplied by
   * its value. 0: the router is in fault while the item is down. Absent: the item's own, which is 0 unless it says otherwise.
   */
  readonly weight?: number;
  /** How long the item must be down before it counts as down; of several entries for one item the longest holds. */
  readonly downDelay: Milliseconds;
  /** How long it must be up again before it counts as up. */
  readonly upDelay: Milliseconds;
};

/** A program that is run again and again; exit status 0 is a success. */
export type ScriptConfig = {
  readonly name: string;
  /** Program and arguments; there is no shell. */
  readonly command: readonly string[];
  readonly interval: Milliseconds;
  /** After this its whole process group is killed, which is a failure. */
  readonly timeout: Milliseconds;
  readonly rise: number;
  readonly fall: number;
  readonly weight: number;
};

/** Processes of one name, of which enough must run. */
export type ProcessConfig = {
  readonly name: string;
  /** Name of the program: the last part of its path, or what the kernel calls it. */
  readonly process: string;
  readonly quorum: number;
  readonly weight: number;
};

/** A file that holds a whole number; one that is missing or empty holds 0. */
export type FileConfig = { readonly name: string; readonly path: string; readonly weight: number };

/** A BFD session with another director (RFC 5881, single hop). */
export type BfdConfig = {
  readonly name: string;
  readonly peer: IpAddress;
  /** Local address; absent for whichever the kernel chooses. */
  readonly source?: IpAddress;
  readonly minTx: Milliseconds;
  readonly minRx: Milliseconds;
  /** How many packets in a row must be missed before the session is down. */
  readonly multiplier: number;
};

/** What a virtual router may track by name. */
export type TrackedConfig = {
  readonly scripts: readonly ScriptConfig[];
  readonly processes: readonly ProcessConfig[];
  readonly files: readonly FileConfig[];
  readonly bfd: readonly BfdConfig[];
};
