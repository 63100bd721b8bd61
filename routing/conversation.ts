// A conversation over a Unix socket with a routing daemon, which may hang, die, or never end its answer.

import { connect } from 'node:net';
import { formatDuration, type Milliseconds } from '../base/units.ts';

/** Whether an answer is complete. */
type IsWhole = (answer: Buffer) => boolean;

export type Conversation = {
  /** Sends bytes, and reads until the answer is complete. @throws with a readable message */
  readonly ask: (request: string, isWhole: IsWhole) => Promise<string>;
};

/** Enough for the sessions of a director, in bytes. */
const longestAnswer = 4_000_000;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: it does not run, or answers elsewhere',
  ECONNREFUSED: 'it does not run',
  EACCES: 'this process may not open its socket',
  EPERM: 'this process may not open its socket',
  EAGAIN: 'it does not answer',
};

const explain = ({ code, message }: NodeJS.ErrnoException): string => reasons[code ?? ''] ?? message;

const readWhole = async (chunks: AsyncIterator<Buffer>, isWhole: IsWhole): Promise<string> => {
  let answer = Buffer.alloc(0);
  while (!isWhole(answer)) {
    if (answer.length > longestAnswer) throw new Error(`its answer is longer than ${longestAnswer} bytes`);
    const { done, value } = await chunks.next().catch((error: NodeJS.ErrnoException) => {
      throw new Error(explain(error));
    });
    if (done === true) throw new Error('it closed the connection in the middle of an answer');
    answer = Buffer.concat([answer, value]);
  }
  return answer.toString('utf8');
};

/**
 * Opens a socket for some questions, and closes it.
 * @param patience for the whole conversation.
 * @throws with a readable message
 */
export const converse = async <Result>(
  path: string,
  patience: Milliseconds,
  talk: (conversation: Conversation) => Promise<Result>,
): Promise<Result> => {
  const socket = connect({ path });
  // An error while no answer is awaited must not end this process.
  socket.on('error', () => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not answer within ${formatDuration(patience)}`)), patience);
  });
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  const ask: Conversation['ask'] = (request, isWhole) => {
    if (request !== '') socket.write(request);
    return readWhole(chunks, isWhole);
  };
  try {
    return await Promise.race([talk({ ask }), late]);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
};
