// What a drill reports while it runs.

import type { CheckedBound } from '../recording/recording.ts';
import type { Observed } from './target.ts';

export type Narrator = {
  readonly onStep: (index: number, total: number, name: string) => void;
  readonly onChecks: (checks: readonly CheckedBound[], error: string | undefined) => void;
  readonly onEvent: (event: Observed) => void;
  /** Once a second: the requests that ended in it, by server, and those that failed. */
  readonly onSecond: (answered: Readonly<Record<string, number>>, failed: number) => void;
};
