// The script check: a program of the operator's, run without a shell, whose exit status decides.

import { messageOf } from '../../base/error.ts';
import { endGroup, startGroup } from '../../base/process-group.ts';
import type { ScriptCheck } from '../../config/model/check-model.ts';
import { attempt } from '../attempt.ts';
import type { Target } from '../messages.ts';
import type { Outcome, Probe } from '../outcome.ts';
import { parseWeight } from './weight.ts';

/** Bytes kept of each stream: the end is where programs say what went wrong. */
const keptOutput = 4096;

const start = ({ endpoint, check }: Target<ScriptCheck>) =>
  startGroup(check.command, {
    REGENT_ADDRESS: endpoint.address,
    REGENT_PORT: String(endpoint.port),
    ...check.environment,
  });

const collect = (stream: NodeJS.ReadableStream): (() => string) => {
  let tail = '';
  stream.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-keptOutput);
  });
  return () => tail.trim().split('\n').at(-1)?.trim() ?? '';
};

const weigh = (output: string): Pick<Outcome, 'weight' | 'warning'> => {
  const weight = parseWeight(output);
  // The status says that the server is well: a slip of the script must not cost it its connections.
  return weight === undefined ? { warning: `the script printed no weight: "${output.slice(0, 60)}"` } : { weight };
};

/**
 * Status 0 is well, and so are those that stand for a weight. At the deadline the program's whole process group is killed; so is what it leaves behind when it
 * ends.
 */
export const probeScript: Probe<ScriptCheck> = (target, timeout) =>
  attempt(target.id, timeout, (run) => {
    const { command, weightFromOutput, weightFromStatus } = target.check;
    const [program] = command;
    run.expect(`end of ${program}`);
    let child: ReturnType<typeof start>;
    try {
      child = start(target);
    } catch (error) {
      run.fault(`${program}: ${messageOf(error)}`);
      return () => {};
    }
    const lastLine = collect(child.stdout);
    const lastComplaint = collect(child.stderr);
    child.once('error', (error: NodeJS.ErrnoException) => run.fault(`${program}: ${error.code ?? error.message}`));
    // What it left running would keep the streams open.
    child.once('exit', () => endGroup(child));
    child.once('close', (status, signal) => {
      if (status === 0) return run.succeed(weightFromOutput ? weigh(lastLine()) : {});
      if (weightFromStatus && status !== null && status >= 2) return run.succeed({ weight: status - 2 });
      const said = (lastComplaint() || lastLine()).slice(0, 200);
      run.fail(`${signal === null ? `exit status ${status}` : `ended by ${signal}`}${said === '' ? '' : `: ${said}`}`);
    });
    return () => {
      endGroup(child);
      child.stdout.destroy();
      child.stderr.destroy();
    };
  });
