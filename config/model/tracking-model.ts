// What routers track beside their own interface, in the validated model.

import type { GroupConfig, VrrpConfig } from './model.ts';

/** One entry of a router's or group's `track`. */
export type TrackConfig = GroupConfig['track'][number];
export type TrackedKind = TrackConfig['kind'];

/** A program that is run periodically; exit status 0 is a success. */
export type ScriptConfig = VrrpConfig['scripts'][number];
/** Processes of one name; the item is up while enough of them run. */
export type ProcessConfig = VrrpConfig['processes'][number];
/** A file with a whole number; a missing or empty file counts as 0. */
export type FileConfig = VrrpConfig['files'][number];
/** A BFD session with another director (RFC 5881, single hop). */
export type BfdConfig = VrrpConfig['bfd'][number];
