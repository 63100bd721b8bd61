// One run of a script: its own process group, no shell, killed as a whole at the timeout.

import { harmlessText } from '../../base/harmless-text.ts';
import { endGroup, type StartGroup } from '../../base/process-group.ts';
import { explainStartFailure } from '../../base/start-failure.ts';

export type RunResult = {
  readonly isSuccess: boolean;
  /** Text that follows the script's name: `exited with 1: no route to host`. */
  readonly reason: string;
};

export type Run = {
  /** Kills the whole process group; the end is still reported. */
  readonly kill: () => void;
};

/** How much of a script's output is kept, in bytes: its first line explains a failure. */
const outputLimit = 200;

/** How long to wait for the last output after the script's end, in milliseconds. */
const pipesLimit = 100;

/** Starts a script; `onEnd` is called once, after its leading process has ended. */
export const runScript = (
  startGroup: StartGroup,
  { name, command, timeout }: { readonly name: string; readonly command: readonly string[]; readonly timeout: number },
  onEnd: (result: RunResult) => void,
): Run => {
  const child = startGroup(command, { LC_ALL: 'C', REGENT_SCRIPT: name });
  const output = { stderr: '', stdout: '' };
  let isOver = false;
  let isLate = false;
  const kill = (): void => {
    // Children left behind by the script keep the group alive.
    if (!isOver) endGroup(child);
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeout);
  const end = (isSuccess: boolean, reason: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    // Children left behind may hold the pipes open; their output is not needed.
    child.stdout.destroy();
    child.stderr.destroy();
    onEnd({ isSuccess, reason });
  };
  for (const name of ['stderr', 'stdout'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (chunk: string) => {
      if (output[name].length < outputLimit) output[name] = (output[name] + chunk).slice(0, outputLimit);
    });
    child[name].on('error', () => undefined);
  }
  child.on('error', (error) => end(false, `cannot be started: ${explainStartFailure(command[0] ?? '', error)}`));
  const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
    const [line = ''] = (output.stderr.trim() || output.stdout.trim()).split('\n');
    if (isLate) end(false, `was killed with its process group after ${timeout} ms`);
    else if (code === 0) end(true, 'succeeded');
    else
      end(
        false,
        `${signal === null ? `exited with ${code}` : `was ended by ${signal}`}${line && `: ${harmlessText(line)}`}`,
      );
  };
  // The pipes close when all output has been read; a child left behind may keep them open for ever.
  child.on('close', finish);
  child.on('exit', (code, signal) => {
    clearTimeout(timer);
    setTimeout(finish, pipesLimit, code, signal);
  });
  return { kill };
};
