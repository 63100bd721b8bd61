// When the reader has gone, as with `regent events | head`, a command ends quietly and a director goes on.

import { constants } from 'node:os';
import { exitCodes } from './exit-codes.ts';

const end = (error: NodeJS.ErrnoException): never => {
  // The status that shells report after SIGPIPE; Node ignores the signal itself.
  if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
  process.stderr.write(`Cannot write to standard output: ${error.code ?? error.message}\n`);
  process.exit(exitCodes.failed);
};
const goOn = (): void => undefined;

export const endWithReader = (): void => {
  process.stdout.on('error', end);
};

/** For processes that log to more than a pipe. A director's bundle cannot know the listener that the command line has set. */
export const outliveReader = (): void => {
  process.stdout.removeAllListeners('error');
  for (const stream of [process.stdout, process.stderr]) stream.on('error', goOn);
};
