// What was tried once for each start of the host is remembered in a file, and tried by one process at a time.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inTurn } from './lock.ts';

/** How a trial ended: well without a reason, else why not. `isPassing`: another time it may end otherwise. */
export type Verdict = { readonly reason?: string; readonly isPassing?: boolean };

/** `by`: the process that began the trial, until it has ended. */
type Remembered = { readonly subject: string; readonly reason?: string; readonly by?: number };

const read = (file: string, subject: string): Remembered | undefined => {
  try {
    const known = JSON.parse(readFileSync(file, 'utf8')) as Remembered;
    return known.subject === subject ? known : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Tries what a file does not know yet.
 * @param what is tried; another kernel is another trial. The host's boot id is added.
 * @param mayEndProcess whether a trial whose process ended before it is taken for the cause, and not repeated
 * @returns why it does not work, undefined when it does
 */
export const tryOnce = (
  file: string,
  what: string,
  trial: () => Promise<Verdict>,
  mayEndProcess = true,
): Promise<string | undefined> =>
  inTurn(`regent-trial ${file}`, async () => {
    const subject = `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${what}`;
    const remember = (known: Omit<Remembered, 'subject'>): void => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify({ subject, ...known })}\n`);
    };
    const known = read(file, subject);
    if (known !== undefined && known.by === undefined) return known.reason;
    if (known !== undefined && mayEndProcess) return 'ended the process that tried it';
    remember({ by: process.pid });
    const { reason, isPassing = false } = await trial();
    if (isPassing) writeFileSync(file, '');
    else remember(reason === undefined ? {} : { reason });
    return reason;
  });
