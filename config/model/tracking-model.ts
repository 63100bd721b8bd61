// What routers track beside their own interface, in the validated model.

import type { Milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';

export const trackedKinds = ['interface', 'script', 'process', 'file', 'service', 'route', 'neighbour', 'bfd'] as const;
export type TrackedKind = (typeof trackedKinds)[number];

/** One entry of a router's or group's `track`. */
export type TrackConfig = {
  readonly kind: TrackedKind;
  /** An interface's name, a prefix (0.0.0.0/0 for the default route), an address, or the name of another configured item. */
  readonly name: string;
  /**
   * Positive: added to the priority while the item is up. Negative: subtracted while it is down. A file's is multiplied by its
   * value. 0: the router is in fault while the item is down. Absent: the item's own, by default 0.
   */
  readonly weight?: number;
  /** How long the item must be down before it counts as down; of several entries for one item the longest applies. */
  readonly downDelay: Milliseconds;
  /** How long it must be up again before it counts as up. */
  readonly upDelay: Milliseconds;
};

/** A program that is run periodically; exit status 0 is a success. */
export type ScriptConfig = {
  readonly name: string;
  /** Program and arguments; no shell is used. */
  readonly command: readonly string[];
  readonly interval: Milliseconds;
  /** Limit, after which its process group is killed; that is a failure. */
  readonly timeout: Milliseconds;
  readonly rise: number;
  readonly fall: number;
  readonly weight: number;
};

/** Processes of one name; the item is up while enough of them run. */
export type ProcessConfig = {
  readonly name: string;
  /** Name of the program: the last part of its path, or the kernel's name for it. */
  readonly process: string;
  readonly quorum: number;
  readonly weight: number;
};

/** A file with a whole number; a missing or empty file counts as 0. */
export type FileConfig = { readonly name: string; readonly path: string; readonly weight: number };

/** A BFD session with another director (RFC 5881, single hop). */
export type BfdConfig = {
  readonly name: string;
  readonly peer: IpAddress;
  /** Local address; absent to let the kernel choose. */
  readonly source?: IpAddress;
  readonly minTx: Milliseconds;
  readonly minRx: Milliseconds;
  /** Consecutive missed packets after which the session is down. */
  readonly multiplier: number;
};

/** What a virtual router may track by name. */
export type TrackedConfig = {
  readonly scripts: readonly ScriptConfig[];
  readonly processes: readonly ProcessConfig[];
  readonly files: readonly FileConfig[];
  readonly bfd: readonly BfdConfig[];
};
