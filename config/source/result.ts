// The result of reading a configuration. It imports nothing: a director leaves the reading to a thread, whose memory is then
// freed.

import type { DirectorConfig } from '../model/model.ts';
import type { Problem } from './problem.ts';

export type ConfigResult =
  | { readonly ok: true; readonly config: DirectorConfig }
  | {
      readonly ok: false;
      /** The first problems, in the order of their places. */
      readonly problems: Problem[];
      /** The number of further problems. */
      readonly more: number;
    };

/** What the thread that reads is told. */
export type ReaderTask = { readonly file: string; readonly keepsText: boolean };

/** Refuses the file as a whole. */
export const refuseFile = (file: string, message: string): ConfigResult => ({
  ok: false,
  problems: [{ file, line: 1, column: 1, message }],
  more: 0,
});
