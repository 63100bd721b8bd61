// What a command ends with; scripts and probes rely on it.

export const exitCodes = {
  done: 0,
  /** It was refused, or `health` found something wrong. */
  failed: 1,
  /** Wrong usage, or a wrong configuration. */
  wrongUsage: 2,
  /** There is no director at the socket. */
  unreachable: 3,
} as const;

/** What was asked makes no sense, whatever the director does; the command ends with `wrongUsage`. */
export class WrongUsage extends Error {}
