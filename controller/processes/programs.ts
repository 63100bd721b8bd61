// The processes in the status: the build of each, whether it is the installed one, and its losses. Pure.

import type { Milliseconds } from '../../base/units.ts';
import type { ChildState } from './child.ts';
import type { ProcessName } from './program.ts';

export type ProgramStatus = {
  readonly name: ProcessName;
  /** Absent while it does not run. */
  readonly pid?: number;
  /** Version and digest. An adopted process runs the program installed at its start. */
  readonly build?: string;
  /** The build of a process started now. */
  readonly installed: string;
  /** Whether it answers the controller. */
  readonly answers: boolean;
  /** Losses in quick succession; 0 once it has lasted for a minute. */
  readonly losses: number;
  /** Losses since the controller started: each is followed by a start. */
  readonly restarts: number;
  /** At a wall time, in milliseconds since the epoch. */
  readonly lastLoss?: { readonly at: number; readonly why: string };
  readonly startsAgainIn?: Milliseconds;
};

export type Program = ChildState & { readonly installed: string };

export const programStatus = (name: ProcessName, program: Program): ProgramStatus => {
  const { pid, build, installed, isConnected, losses, restarts, lastLoss, startsAgainIn } = program;
  return {
    name,
    ...(pid !== undefined && { pid }),
    ...(build !== undefined && { build }),
    installed,
    answers: isConnected,
    losses,
    restarts,
    ...(lastLoss && { lastLoss }),
    ...(startsAgainIn !== undefined && { startsAgainIn }),
  };
};

/** A single loss is only logged. */
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
