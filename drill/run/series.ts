// The runs of a drill, several of each subject, and their record.

import { createHash } from 'node:crypto';
import { messageOf } from '../../base/error.ts';
import { type Recording, type Run, recordingFormat, recordingVersion } from '../recording/recording.ts';
import type { LoadedDrill } from '../scenario/load.ts';
import type { Narrator } from './narrator.ts';
import { performRun } from './run.ts';
import type { Target } from './target.ts';

export type Opened = { readonly target: Target; readonly close: () => Promise<void> };

export type SeriesOptions = {
  readonly loaded: LoadedDrill;
  readonly on: string;
  readonly subjects: readonly string[];
  readonly times: number;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
  readonly onRun: (subject: string, number: number) => void;
  /** Sets a target up. */
  readonly open: (subject: string) => Promise<Opened>;
  /**
   * Each run has a target of its own, and those of several subjects alternate: no run begins with what an earlier one left, and
   * what else the machine does meets all subjects. Else one target serves all runs of a subject.
   */
  readonly isRenewed: boolean;
};

type Configuration = Recording['configurations'][number];

const configurationsOf = ({ subject, configurations }: Target): readonly Configuration[] =>
  configurations.map(({ director, text }) => ({
    subject,
    director,
    hash: createHash('sha256').update(text).digest('hex'),
    text,
  }));

/** Runs that share a target, in the order in which they are made. */
const sharedRuns = ({
  subjects,
  times,
  isRenewed,
}: SeriesOptions): readonly { readonly subject: string; readonly numbers: readonly number[] }[] => {
  const numbers = Array.from({ length: times }, (_, index) => index + 1);
  return isRenewed
    ? numbers.flatMap((number) => subjects.map((subject) => ({ subject, numbers: [number] })))
    : subjects.map((subject) => ({ subject, numbers }));
};

/** A run whose target was not set up. */
const withoutTarget = (subject: string, number: number, reason: string): Run => ({
  ...{ subject, number, reason, began: Date.now(), took: 0, verdict: 'not begun', skipped: 0 },
  ...{ steps: [], takeovers: [], requests: [], connections: [], events: [], addresses: [] },
  ...{ masterDown: 0, interval: 0, formula: '', clocks: {} },
});

/** @throws if the first target cannot be set up. */
export const performSeries = async (options: SeriesOptions): Promise<Recording> => {
  const { loaded, on, command, signal, narrator, onRun, open } = options;
  const { drill, text } = loaded;
  const began = new Date().toISOString();
  const runs: Run[] = [];
  const configurations = new Map<string, readonly Configuration[]>();
  let environment: Readonly<Record<string, string>> = {};
  const share = async (subject: string, numbers: readonly number[]): Promise<void> => {
    const { target, close } = await open(subject);
    try {
      environment = { ...environment, ...target.environment };
      configurations.set(subject, configurationsOf(target));
      for (const number of numbers) {
        if (signal.aborted) break;
        onRun(subject, number);
        runs.push(await performRun({ drill, target, number, signal, narrator }));
      }
    } finally {
      await close();
    }
  };
  for (const { subject, numbers } of sharedRuns(options)) {
    if (signal.aborted) break;
    const made = runs.length;
    try {
      await share(subject, numbers);
    } catch (error) {
      const missing = numbers.slice(runs.length - made);
      if (runs.length === 0 || missing.length === 0) throw error;
      // What was measured so far is kept.
      for (const number of missing) {
        onRun(subject, number);
        narrator.onChecks([], messageOf(error));
        runs.push(withoutTarget(subject, number, messageOf(error)));
      }
    }
  }
  const { get, rate, established, downloads } = drill.client;
  return {
    format: recordingFormat,
    version: recordingVersion,
    drill: drill.drill,
    ...(drill.hypothesis !== undefined && { hypothesis: drill.hypothesis }),
    scenario: text,
    on,
    client: { get, rate, established, downloads },
    began,
    command,
    environment: {
      ...environment,
      ...(runs.length > 1 && { hosts: options.isRenewed ? 'made anew for each run' : 'the same in all runs' }),
    },
    configurations: [...configurations.values()].flat(),
    runs,
  };
};
