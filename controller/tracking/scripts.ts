// Runs a script repeatedly, never twice at once, and reports up or down by `rise` and `fall`.

import type { StartGroup } from '../../base/process-group.ts';
import { type Tally, tally } from '../../base/rise-and-fall.ts';
import { whyUntrusted } from '../../base/script-trust.ts';
import type { ScriptConfig } from '../../config/model/tracking-model.ts';
import type { Seen, Watcher } from './item.ts';
import { type Run, type RunResult, runScript } from './script-run.ts';

export type ScriptVerdict = { readonly seen: Seen; readonly tally: Tally };

export const untried: ScriptVerdict = {
  seen: { state: 'unknown', reason: 'has not been run yet' },
  tally: { state: 'unknown', contradictions: 0 },
};

/** Takes the result of a run. The first success is enough for a script without a state. */
export const judgeRun = (
  { rise, fall }: Pick<ScriptConfig, 'rise' | 'fall'>,
  { seen, tally: before }: ScriptVerdict,
  { isSuccess, reason }: RunResult,
): ScriptVerdict => {
  const after = tally(before, isSuccess, { rise: before.state === 'unknown' ? 1 : rise, fall });
  const isDecided = after.state === (isSuccess ? 'up' : 'down');
  return { seen: isDecided ? { state: after.state, reason } : seen, tally: after };
};

export const watchScript = (startGroup: StartGroup, config: ScriptConfig, report: (seen: Seen) => void): Watcher => {
  let verdict = untried;
  let running: Run | undefined;
  let reported: Seen | undefined;
  let isClosed = false;
  const reportChange = (seen: Seen): void => {
    if (isClosed || (reported?.state === seen.state && reported.reason === seen.reason)) return;
    reported = seen;
    report(seen);
  };

  const runOnce = (): void => {
    // A script that runs longer than its interval misses turns.
    if (running !== undefined) return;
    const distrust = whyUntrusted(config.command);
    if (distrust !== undefined) {
      reportChange({ state: 'unknown', reason: `may not be run as root: ${distrust}` });
      return;
    }
    running = runScript(startGroup, config, (result) => {
      running = undefined;
      const before = verdict;
      verdict = judgeRun(config, verdict, result);
      if (verdict.seen.state !== before.seen.state || reported?.state === 'unknown') reportChange(verdict.seen);
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
