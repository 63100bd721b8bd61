// Runs a script again and again, never twice at once, and reports up or down by `rise` and `fall`.

import type { ScriptConfig } from '../../config/model/tracking-model.ts';
import { whyUntrusted } from '../script-trust.ts';
import type { Seen, Watcher } from './item.ts';
import { type Run, type RunResult, runScript } from './script-run.ts';

/** What the runs so far say; `streak` counts those in a row that contradict the state. */
export type ScriptVerdict = { readonly seen: Seen; readonly streak: number };

export const untried: ScriptVerdict = { seen: { state: 'unknown', reason: 'has not been run yet' }, streak: 0 };

/** Takes the result of a run. The first success is enough for a script of which nothing is known. */
export const judgeRun = (
  { rise, fall }: Pick<ScriptConfig, 'rise' | 'fall'>,
  { seen, streak }: ScriptVerdict,
  { isSuccess, reason }: RunResult,
): ScriptVerdict => {
  const state = isSuccess ? 'up' : 'down';
  if (state === seen.state) return { seen: { state, reason }, streak: 0 };
  const needed = isSuccess ? (seen.state === 'unknown' ? 1 : rise) : fall;
  return streak + 1 >= needed ? { seen: { state, reason }, streak: 0 } : { seen, streak: streak + 1 };
};

export const watchScript = (config: ScriptConfig, report: (seen: Seen) => void): Watcher => {
  let verdict = untried;
  let running: Run | undefined;
  let reported: Seen | undefined;
  let isClosed = false;
  const tell = (seen: Seen): void => {
    if (isClosed || (reported?.state === seen.state && reported.reason === seen.reason)) return;
    reported = seen;
    report(seen);
  };

  const runOnce = (): void => {
    // One that takes longer than its interval misses turns.
    if (running !== undefined) return;
    const distrust = whyUntrusted(config.command[0] ?? '');
    if (distrust !== undefined) {
      tell({ state: 'unknown', reason: `may not be run as root: ${distrust}` });
      return;
    }
    running = runScript(config, (result) => {
      running = undefined;
      const before = verdict;
      verdict = judgeRun(config, verdict, result);
      if (verdict.seen.state !== before.seen.state || reported?.state === 'unknown') tell(verdict.seen);
    });
  };

  const ticker = setInterval(runOnce, config.interval);
  runOnce();
  return {
    close: () => {
      isClosed = true;
      clearInterval(ticker);
      running?.kill();
    },
  };
};
