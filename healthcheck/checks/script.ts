// The script check: an operator's program, run without a shell, whose exit status decides.

import type { Readable } from 'node:stream';
import { messageOf } from '../../base/error.ts';
import { harmlessText } from '../../base/harmless-text.ts';
import { endGroup, type StartGroup } from '../../base/process-group.ts';
import { whyUntrusted } from '../../base/script-trust.ts';
import { explainStartFailure } from '../../base/start-failure.ts';
import type { Milliseconds } from '../../base/units.ts';
import type { ScriptCheck } from '../../config/model/check-model.ts';
import { attempt } from '../attempt.ts';
import type { Target } from '../messages.ts';
import type { Outcome, Probe } from '../outcome.ts';
import { createMarks, endLeftovers, type Marks, markName } from './script-leftovers.ts';
import { parseWeight } from './weight.ts';

/** Bytes kept of each stream: programs explain a failure at the end. */
const keptOutput = 4096;

/**
 * Milliseconds that output may take to arrive after the script's end; processes it left running may hold the pipes open for ever.
 */
const lastWords = 100;

const environmentOf = ({ endpoint, check }: Target<ScriptCheck>, mark: string): Record<string, string> => ({
  REGENT_ADDRESS: endpoint.address,
  REGENT_PORT: String(endpoint.port),
  [markName]: mark,
  ...check.environment,
});

const collect = (stream: Readable): (() => string) => {
  let tail = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-keptOutput);
  });
  return () => harmlessText(tail.trim().split('\n').at(-1)?.trim() ?? '', 200);
};

const weigh = (output: string): Pick<Outcome, 'weight' | 'warning'> => {
  const weight = parseWeight(output);
  // The status says that the server is well: a mistake in the script must not end its connections.
  return weight === undefined ? { warning: `the script printed no weight: "${output.slice(0, 60)}"` } : { weight };
};

/**
 * Status 0 is success, and so are statuses that stand for a weight. At the deadline the program's process group is killed; so is
 * everything it leaves behind at its end. Its exit decides, not the end of its pipes, which other processes may hold.
 */
const runScript = (
  startGroup: StartGroup,
  marks: Marks,
  refusal: string | undefined,
  target: Target<ScriptCheck>,
  timeout: Milliseconds,
): Promise<Outcome> =>
  attempt(target.id, timeout, (run) => {
    const { command, weightFromOutput, weightFromStatus } = target.check;
    const [program = ''] = command;
    const why = refusal ?? whyUntrusted(command, target.check.environment.PATH);
    if (why !== undefined) {
      run.fault(`${program} is not run: ${why}`);
      return () => {};
    }
    const mark = marks.begin();
    run.expect(`end of ${program}`);
    let child: ReturnType<StartGroup>;
    try {
      child = startGroup(command, environmentOf(target, mark));
    } catch (error) {
      marks.end(mark);
      run.fault(`${program}: ${messageOf(error)}`);
      return () => {};
    }
    const lastLine = collect(child.stdout);
    const lastComplaint = collect(child.stderr);
    let areLost = false;
    let grace: NodeJS.Timeout | undefined;
    const conclude = (status: number | null, signal: NodeJS.Signals | null) => {
      if (status === 0) return run.succeed(weightFromOutput ? weigh(lastLine()) : {});
      if (weightFromStatus && status !== null && status >= 2) return run.succeed({ weight: status - 2 });
      const said = lastComplaint() || lastLine();
      run.fail(`${signal === null ? `exit status ${status}` : `ended by ${signal}`}${said === '' ? '' : `: ${said}`}`);
    };
    child.once('error', (error: NodeJS.ErrnoException) => run.fault(explainStartFailure(program, error)));
    child.once('exit', (status, signal) => {
      endGroup(child);
      if (run.isOver()) return;
      grace = setTimeout(() => {
        areLost = true;
        conclude(status, signal);
      }, lastWords);
    });
    child.once('close', conclude);
    return () => {
      clearTimeout(grace);
      endGroup(child);
      // Processes that hold its pipes, or outlive the deadline, may have left its group.
      if (child.pid !== undefined && (areLost || child.exitCode === null)) endLeftovers(child.pid, mark);
      marks.end(mark);
      child.stdout.destroy();
      child.stderr.destroy();
    };
  });

/** @param refusal why this process must run no script; undefined where it may. */
export const createScriptProbe =
  (startGroup: StartGroup, refusal: string | undefined, marks = createMarks()): Probe<ScriptCheck> =>
  (target, timeout) =>
    runScript(startGroup, marks, refusal, target, timeout);
