// The runs of a drill, several of each subject, and their record.

import { createHash } from 'node:crypto';
import { type Recording, type Run, recordingFormat, recordingVersion } from '../recording/recording.ts';
import type { LoadedDrill } from '../scenario/load.ts';
import type { Narrator } from './narrator.ts';
import { performRun } from './run.ts';
import type { Target } from './target.ts';

export type SeriesOptions = {
  readonly loaded: LoadedDrill;
  readonly on: string;
  readonly subjects: readonly string[];
  readonly times: number;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
  readonly onRun: (subject: string, number: number) => void;
  /** Sets a target up, for all runs of a subject. */
  readonly open: (subject: string) => Promise<{ readonly target: Target; readonly close: () => Promise<void> }>;
};

type Configuration = Recording['configurations'][number];

const configurationsOf = ({ subject, configurations }: Target): readonly Configuration[] =>
  configurations.map(({ director, text }) => ({
    subject,
    director,
    hash: createHash('sha256').update(text).digest('hex'),
    text,
  }));

export const performSeries = async (options: SeriesOptions): Promise<Recording> => {
  const { loaded, on, subjects, times, command, signal, narrator, onRun, open } = options;
  const { drill, text } = loaded;
  const began = new Date().toISOString();
  const runs: Run[] = [];
  const configurations: Configuration[] = [];
  let environment: Readonly<Record<string, string>> = {};
  for (const subject of subjects) {
    if (signal.aborted) break;
    const { target, close } = await open(subject);
    try {
      environment = { ...environment, ...target.environment };
      configurations.push(...configurationsOf(target));
      for (let number = 1; number <= times && !signal.aborted; number += 1) {
        onRun(subject, number);
        runs.push(await performRun({ drill, target, number, signal, narrator }));
      }
    } finally {
      await close();
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
    environment,
    configurations,
    runs,
  };
};
