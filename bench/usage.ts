// Resources used by processes, from /proc.

import { readFileSync } from 'node:fs';

/** Processor time of processes so far, in milliseconds: fields 14 and 15 of /proc/PID/stat (proc(5)), in ticks of 10 ms. */
export const processorTime = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return sum;
    }
  }, 0);

/** Memory of processes now, in MiB; shared memory is divided among its users (Pss of /proc/PID/smaps_rollup). */
export const memory = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      return sum + Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
    } catch {
      return sum;
    }
  }, 0);
