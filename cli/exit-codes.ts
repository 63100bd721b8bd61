// Exit codes of commands; scripts and probes rely on them.

export const exitCodes = {
  done: 0,
  /** The command was refused, or `health` found something wrong. */
  failed: 1,
  /** Wrong usage, or an invalid configuration. */
  wrongUsage: 2,
  /** No director listens on the socket. */
  unreachable: 3,
} as const;

/** The request makes no sense, whatever the director does; the command ends with `wrongUsage`. */
export class WrongUsage extends Error {
  /** The bundle of a director has a class of its own: what it throws is known by this. */
  readonly exitCode = exitCodes.wrongUsage;
}

export const isWrongUsage = (error: unknown): boolean =>
  error instanceof Error && 'exitCode' in error && error.exitCode === exitCodes.wrongUsage;
