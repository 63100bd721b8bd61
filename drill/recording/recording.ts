// The record of a drill, as its JSON file has it: all requests and events, from which the report is drawn. Times are milliseconds
// since the start of the run, unless told.

import type { Outcome } from '../client/batch.ts';

export const recordingFormat = 'regent-drill';
export const recordingVersion = 2;

export type Event =
  | {
      readonly type: 'advertisement';
      readonly time: number;
      readonly by: string;
      readonly network: string;
      readonly router: number;
      readonly priority: number;
    }
  /** A frame as its sender let it go; what passed the network is an event of its own. `subject`: `router 51`, or an address. */
  | {
      readonly type: 'sent';
      readonly time: number;
      readonly by: string;
      readonly network: string;
      readonly subject: string;
    }
  /** A gratuitous ARP. */
  | {
      readonly type: 'arp';
      readonly time: number;
      readonly by: string;
      readonly network: string;
      readonly address: string;
    }
  /** A director has an address (`lease`: how long its kernel keeps it), or no longer. */
  | {
      readonly type: 'address';
      readonly time: number;
      readonly by: string;
      readonly address: string;
      readonly held: boolean;
      readonly lease?: number;
    }
  /** A server's weight in a director's table; null without an entry. */
  | {
      readonly type: 'weight';
      readonly time: number;
      readonly by: string;
      readonly server: string;
      readonly weight: number | null;
    }
  | {
      readonly type: 'fault';
      readonly time: number;
      readonly what: string;
      readonly id: number;
      readonly place: string;
      readonly isolates: boolean;
    }
  | { readonly type: 'undo'; readonly time: number; readonly id: number }
  | {
      readonly type: 'log';
      readonly time: number;
      readonly by: string;
      readonly level: string;
      readonly message: string;
      readonly process?: string;
      readonly subject?: string;
    };

export type Connection = {
  readonly id: number;
  readonly kind: 'keep-alive' | 'download';
  readonly server: string | null;
  readonly opened: number | null;
  readonly heard: number | null;
  readonly ended: number | null;
  readonly why: string | null;
};

/** An expectation with what was measured, both in milliseconds, counts or percent; null stands for no end. */
export type CheckedBound = {
  readonly what: string;
  readonly expected: string;
  readonly limit: number | null;
  readonly measured: number | null;
  readonly unit: 'time' | 'count' | 'percent' | 'word';
  readonly text: string;
  readonly held: boolean;
};

export type StepRecord = {
  readonly name: string;
  readonly began: number;
  readonly ended: number;
  /** Whether everything held; a step that could not be done did not. */
  readonly held: boolean;
  readonly error?: string;
  readonly checks: readonly CheckedBound[];
};

/** The moments of a takeover; null for what was not seen. */
export type Takeover = {
  readonly from: string;
  readonly to: string;
  readonly fault: number;
  readonly lastAdvertisement: number | null;
  /** When the master down interval of the successor ends; null if it did not wait for that. */
  readonly due: number | null;
  /** How late the successor's timer was by its own log, in milliseconds. */
  readonly late: number | null;
  readonly addressAdded: number | null;
  readonly firstArp: number | null;
  readonly firstAdvertisement: number | null;
  readonly firstAnswer: number | null;
};

export type Run = {
  readonly subject: string;
  /** From 1, for each subject. */
  readonly number: number;
  /** Wall clock, milliseconds since 1970. */
  readonly began: number;
  /** Its length. */
  readonly took: number;
  readonly verdict: 'held' | 'broken' | 'aborted' | 'not begun';
  /** Why it was aborted or not begun. */
  readonly reason?: string;
  readonly steps: readonly StepRecord[];
  /** The first of each step that had one. */
  readonly takeovers: readonly Takeover[];
  readonly requests: readonly Outcome[];
  /** Requests that were due while the client did not run. */
  readonly skipped: number;
  readonly connections: readonly Connection[];
  readonly events: readonly Event[];
  /** The addresses that a master holds. */
  readonly addresses: readonly string[];
  readonly masterDown: number;
  /** Between two advertisements. */
  readonly interval: number;
  readonly formula: string;
  /** How far each host's clock was ahead, and how sure that is, in milliseconds. */
  readonly clocks: Readonly<Record<string, { readonly ahead: number; readonly error: number }>>;
};

export type Recording = {
  readonly format: typeof recordingFormat;
  readonly version: typeof recordingVersion;
  readonly drill: string;
  readonly hypothesis?: string;
  /** The drill's file. */
  readonly scenario: string;
  readonly on: string;
  readonly client: {
    readonly get: string;
    readonly rate: number;
    readonly established: number;
    readonly downloads: number;
  };
  /** ISO 8601. */
  readonly began: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  /** By subject and director: the text with its SHA-256. */
  readonly configurations: readonly {
    readonly subject: string;
    readonly director: string;
    readonly hash: string;
    readonly text: string;
  }[];
  readonly runs: readonly Run[];
};

/** @throws if a text is no recording of this version. */
export const parseRecording = (text: string): Recording => {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const { format, version, runs } = (found ?? {}) as Partial<Recording>;
  if (format !== recordingFormat || !Array.isArray(runs)) throw new Error('it is not the JSON of a drill');
  if (version !== recordingVersion) throw new Error(`it is of version ${version}, not ${recordingVersion}`);
  return found as Recording;
};

/** Times to the microsecond. */
export const writeRecording = (recording: Recording): string =>
  `${JSON.stringify(recording, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value))}\n`;
