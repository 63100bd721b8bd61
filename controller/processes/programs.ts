// What status tells of the director's processes: which build each runs, whether it is the installed one, and how often it was lost. Pure.

import type { Milliseconds } from '../../base/units.ts';
import type { ChildState } from './child.ts';
import type { ProcessName } from './program.ts';

export type ProgramStatus = {
  readonly name: ProcessName;
  /** Absent while it does not run. */
  readonly pid?: number;
  /** What it runs: version and mark. An adopted process runs what was installed when it was started. */
  readonly build?: string;
  /** What it would run if it were started now. */
  readonly installed: string;
  /** Whether the controller can speak with it. */
  readonly answers: boolean;
  /** How often it was lost, one loss soon after the other; 0 once it has lasted for a minute. */
  readonly losses: number;
  /** At a wall time, in milliseconds since the epoch. */
  readonly lastLoss?: { readonly at: number; readonly why: string };
  readonly startsAgainIn?: Milliseconds;
};

export type Program = ChildState & { readonly installed: string };

export const programStatus = (name: ProcessName, program: Program): ProgramStatus => {
  const { pid, build, installed, isConnected, losses, lastLoss, startsAgainIn } = program;
  return {
    name,
    ...(pid !== undefined && { pid }),
    ...(build !== undefined && { build }),
    installed,
    answers: isConnected,
    losses,
    ...(lastLoss && { lastLoss }),
    ...(startsAgainIn !== undefined && { startsAgainIn }),
  };
};

/** One loss is an accident, and the log tells of it. */
const manyLosses = 3;

export const isOutdated = ({ build, installed }: Pick<ProgramStatus, 'build' | 'installed'>): boolean =>
  build !== undefined && build !== installed;

export const programWarnings = (programs: readonly ProgramStatus[]): string[] =>
  programs.flatMap((program) => {
    const { name, pid, build, installed, losses, lastLoss } = program;
    return [
      ...(pid === undefined ? [`the ${name} process is not running`] : []),
      ...(losses >= manyLosses
        ? [`the ${name} process was lost ${losses} times in a row, last: ${lastLoss?.why}`]
        : []),
      ...(isOutdated(program)
        ? [`${name} runs build ${build}, and ${installed} is installed: regent replace ${name}`]
        : []),
    ];
  });
