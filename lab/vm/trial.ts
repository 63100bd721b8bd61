// What was tried once for each start of the host is remembered in a file, and tried by one process at a time.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a trial ended: well without a reason, else why not. `isPassing`: another time it may end otherwise. */
export type Verdict = { readonly reason?: string; readonly isPassing?: boolean };

/** `by`: the process that is still at it. */
type Remembered = { readonly subject: string; readonly reason?: string; readonly by?: number };

const read = (file: string, subject: string): Remembered | undefined => {
  try {
    const known = JSON.parse(readFileSync(file, 'utf8')) as Remembered;
    return known.subject === subject ? known : undefined;
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/**
 * Tries what a file does not know yet.
 * @param what is tried; another kernel is another trial. The host's boot id is added.
 * @returns why it does not work, undefined when it does
 */
export const tryOnce = async (
  file: string,
  what: string,
  trial: () => Promise<Verdict>,
): Promise<string | undefined> => {
  const subject = `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${what}`;
  const remember = (known: Omit<Remembered, 'subject'>): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ subject, ...known })}\n`);
  };
  let known = read(file, subject);
  for (; known?.by !== undefined && isAlive(known.by); known = read(file, subject)) await sleep(50);
  // A trial that took its process with it is not repeated.
  if (known !== undefined) return known.by === undefined ? known.reason : 'ended the process that tried it';
  remember({ by: process.pid });
  const { reason, isPassing = false } = await trial();
  if (isPassing) writeFileSync(file, '');
  else remember(reason === undefined ? {} : { reason });
  return reason;
};
