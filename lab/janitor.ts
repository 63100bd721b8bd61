// Cleans up after the lab's main process has ended, even by SIGKILL: the end of standard input is the sign.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tearDown } from './teardown.ts';

export type Janitor = {
  /** Ends the janitor: the lab stays up. */
  readonly dismiss: () => void;
};

const keepWord = 'keep';

/**
 * Starts the janitor of a lab. Call it before the first namespace is created. It is in its own session, so that a Ctrl-C does not
 * reach it.
 */
export const startJanitor = (prefix: string): Janitor => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), prefix], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.unref();
  child.stdin.on('error', () => {});
  return { dismiss: () => child.stdin.end(keepWord) };
};

const watch = async (prefix: string): Promise<void> => {
  let word = '';
  for await (const chunk of process.stdin) word += chunk;
  if (word !== keepWord) tearDown(prefix);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await watch(process.argv[2] ?? '');
