// What a drill needs of the hosts that it runs on: the port between the runner and the lab, or an operator's own pair.

import type { ChildProcess } from 'node:child_process';
import type { ClientPlan } from '../client/batch.ts';
import type { Event } from '../recording/recording.ts';
import type { Terms } from '../scenario/bound.ts';
import type { Act } from '../scenario/keys.ts';

/** An event with its time by this host's clock, in milliseconds since 1970. */
export type Observed = Event;

/** A fault that is there. */
export type Applied = {
  /** When it took effect, by this host's clock. */
  readonly at: number;
  /** Takes it back; may be called twice. Undefined for a fault that is over. */
  readonly undo?: () => Promise<void>;
  /** Whether its director reaches no host meanwhile. */
  readonly isolates: boolean;
};

export type Clock = { readonly ahead: number; readonly error: number };

export type Target = {
  readonly on: string;
  /** The program of the directors. */
  readonly subject: string;
  readonly directors: readonly string[];
  readonly servers: readonly string[];
  readonly routers: readonly number[];
  readonly addresses: readonly string[];
  readonly terms: Terms;
  /** By director, in milliseconds. */
  readonly masterDowns: Readonly<Record<string, number>>;
  /** How the master down interval of the backup follows from its configuration. */
  readonly formula: string;
  readonly configurations: readonly { readonly director: string; readonly text: string }[];
  readonly environment: Readonly<Record<string, string>>;
  /** Why a fault cannot be made here; undefined if it can. */
  readonly refusal: (act: Act) => string | undefined;
  readonly apply: (act: Act) => Promise<Applied>;
  readonly startClient: (plan: ClientPlan) => ChildProcess;
  /** The client's clock, from its own reports. */
  readonly clientClock: { readonly hear: (theirs: number, ours: number) => void; readonly read: () => Clock };
  readonly clocks: () => Readonly<Record<string, Clock>>;
  /** Reports events as they are seen, first the addresses that are held. @returns a function that ends the watch */
  readonly watch: (onEvent: (event: Observed) => void) => Promise<() => Promise<void>>;
  /** What is not as it should be before a drill; empty if it is whole. */
  readonly ailments: () => Promise<readonly string[]>;
};
