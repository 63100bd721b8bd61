// What a process has used: processor time, memory, descriptors, from /proc (proc_pid_stat(5), proc_pid_status(5)).

import { readdirSync, readFileSync } from 'node:fs';

export type ProcessUsage = {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly virtualBytes: number;
  /** Absent where another user's may not be counted. */
  readonly descriptors?: number;
  readonly mostDescriptors?: number;
};

/** Of all architectures that Node runs on: USER_HZ. */
const ticksPerSecond = 100;

const countDescriptors = (pid: number): number | undefined => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
};

/** @returns undefined where there is no such process any more. */
export const readUsage = (pid: number): ProcessUsage | undefined => {
  try {
    const [stat, status, limits] = ['stat', 'status', 'limits'].map((name) =>
      readFileSync(`/proc/${pid}/${name}`, 'utf8'),
    );
    // The name in brackets may have spaces and brackets in it.
    const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
    const [userTicks = 0, systemTicks = 0] = [fields[11], fields[12]].map(Number);
    const kibibytes = (key: string): number =>
      Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status ?? '')?.[1] ?? 0);
    const most = Number(/^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1]);
    const descriptors = countDescriptors(pid);
    return {
      cpuSeconds: (userTicks + systemTicks) / ticksPerSecond,
      residentBytes: kibibytes('VmRSS') * 1024,
      virtualBytes: kibibytes('VmSize') * 1024,
      ...(descriptors !== undefined && { descriptors }),
      ...(Number.isFinite(most) && { mostDescriptors: most }),
    };
  } catch {
    return undefined;
  }
};
