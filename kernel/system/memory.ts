// A program that stays in memory: a host short of memory cannot drop its pages, which would be read from disk again before a takeover.

import { readFileSync } from 'node:fs';
import { KernelError } from './error.ts';
import { lockPages } from './libc.ts';

/** A mapping's bounds, in bytes. */
export type Mapping = { readonly start: bigint; readonly end: bigint };

/**
 * The mappings of files that cannot be written to, out of the text of /proc/PID/maps (proc(5)): the program, its libraries and
 * their constants. Pure.
 */
export const parseProgramMappings = (maps: string): Mapping[] =>
  [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+\s+\/.*$/gm)].map(([, start, end]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
  }));

/**
 * Keeps the program of this process in memory, page by page from its first use on (mlock2(2)): Node's is 90 MB, of which it uses a
 * third. Its heap is left alone: V8 gives pages back by
 * madvise(2), which the kernel refuses for locked ones, and ends the process then; MemorySwapMax=0 of the unit keeps that from swap.
 * @returns what the kernel refused: ENOMEM or EPERM where RLIMIT_MEMLOCK is too small and CAP_IPC_LOCK is missing
 */
export const lockProgram = (): KernelError | undefined => {
  try {
    for (const { start, end } of parseProgramMappings(readFileSync('/proc/self/maps', 'utf8')))
      lockPages(start, Number(end - start));
    return undefined;
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
};
