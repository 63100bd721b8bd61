// What reading a configuration comes to. It loads nothing: a director has the reading done by a thread, which takes all of it away again.

import type { DirectorConfig } from '../model/model.ts';
import type { Problem } from './problem.ts';

export type ConfigResult =
  | { readonly ok: true; readonly config: DirectorConfig }
  | {
      readonly ok: false;
      /** The first of them, in the order of their places. */
      readonly problems: Problem[];
      /** How many more there are. */
      readonly more: number;
    };

/** A refusal of the file as a whole. */
export const refuseFile = (file: string, message: string): ConfigResult => ({
  ok: false,
  problems: [{ file, line: 1, column: 1, message }],
  more: 0,
});
