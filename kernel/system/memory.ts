// Locks the program in memory: else a host short of memory drops its pages and reads them from disk again before a takeover.

import { readFileSync } from 'node:fs';
import { KernelError } from './error.ts';
import { lockPages } from './libc.ts';

/** The bounds of a mapping, as addresses. */
export type Mapping = { readonly start: bigint; readonly end: bigint };

/**
 * Parses the read-only file mappings from the text of /proc/PID/maps (proc(5)): the program, its libraries and their constants.
 * Pure.
 */
export const parseProgramMappings = (maps: string): Mapping[] =>
  [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+\s+\/.*$/gm)].map(([, start, end]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
  }));

/**
 * Locks this process's program in memory, page by page from its first use on (mlock2(2)): Node's is 90 MB, a third of it in use.
 * The heap is not locked: V8 returns pages by madvise(2), which the kernel refuses for locked ones, and V8 then ends the process;
 * MemorySwapMax=0 of the unit keeps the heap from swap.
 * @returns the kernel's refusal: ENOMEM or EPERM where RLIMIT_MEMLOCK is too small and CAP_IPC_LOCK is missing
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
