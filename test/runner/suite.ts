// A suite: what it runs and how.

import type { Load } from './schedule.ts';

/** @param files the test files to run, one after the other; without any, all of the suite's, in its own manner. */
export type Command = (files?: readonly string[]) => readonly string[];
export type Suite = {
  readonly name: string;
  /** What is done before, by a shell; the same for several suites is done once. */
  readonly steps?: readonly string[];
  readonly command: Command;
  readonly load: Load;
  /** Needs neither a kernel, a process nor a timer: what fails there once is a defect, and is not tried again. */
  readonly isPure?: true;
  /** No run of Mocha, but one test as a whole. */
  readonly isOneTest?: true;
};
