// Applies a changed configuration while the director runs: as a whole, or not at all.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../base/error.ts';
import type { TurnWatch } from '../base/longest-turn.ts';
import { serially } from '../base/serially.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { shareServices } from '../config/model/shared-services.ts';
import { formatProblems } from '../config/source/problem.ts';
import type { ConfigResult } from '../config/source/result.ts';
import type { Log } from './log/log.ts';
import { describeEffect, type Plan } from './plan-line.ts';

export type ReloadOutcome =
  | { readonly applied: true; readonly plan: Plan }
  | { readonly applied: false; readonly problems: readonly string[] };

export type ReloadOptions = {
  /** @param known what the file was read as, the last time */
  readonly read: (known: DirectorConfig) => Promise<ConfigResult>;
  /** The file in force: what a new one shares with it needs no second look by anything. */
  readonly file: DirectorConfig;
  readonly plan: (next: DirectorConfig) => { readonly plan: Plan };
  /** @throws Error when it cannot be applied; nothing has changed then. */
  readonly apply: (next: DirectorConfig) => void;
  readonly turns: Pick<TurnWatch, 'begin'>;
  readonly log: Log;
};

/** Never rejects: a configuration that cannot be read, planned or applied is refused, and the running one stays. */
export const reloadConfiguration = async (options: ReloadOptions): Promise<ReloadOutcome> => {
  const { read, file, plan, apply, turns, log } = options;
  const refuse = (problems: readonly string[]): ReloadOutcome => {
    log(
      'error',
      { process: 'director', event: 'configuration-refused' },
      `the new configuration is refused, the old one stays in force: ${problems.join('; ')}`,
    );
    return { applied: false, problems };
  };
  let lines: Plan;
  try {
    const loaded = await read(file);
    turns.begin();
    if (!loaded.ok) return refuse(formatProblems(loaded.problems, loaded.more).split('\n'));
    const next = shareServices(file, loaded.config);
    // Each in its own turn: of ten thousand servers either takes tens of milliseconds.
    await nextTurn();
    lines = plan(next).plan;
    await nextTurn();
    apply(next);
  } catch (error) {
    return refuse([messageOf(error)]);
  }
  log(
    'info',
    { process: 'director', event: 'reloaded' },
    lines.length === 0 ? 'reloaded: nothing has changed' : `reloaded: ${lines.length} changes`,
  );
  for (const line of lines) {
    const text = `${line.subject} ${line.change} (${describeEffect(line)})`;
    log('info', { process: 'director', event: 'reload-change' }, text, { plan: line });
  }
  return { applied: true, plan: lines };
};

/** Runs an action once at a time. Calls meanwhile share one further run, which begins after them. */
export const oneAfterAnother = <Result>(action: () => Promise<Result>): (() => Promise<Result>) => {
  const inTurn = serially();
  let waiting: Promise<Result> | undefined;
  return () => {
    waiting ??= inTurn(() => {
      waiting = undefined;
      return action();
    });
    return waiting;
  };
};
