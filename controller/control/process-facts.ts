// What the processes of a director have used, and the Node of its controller: read at each scrape.

import { performance } from 'node:perf_hooks';
import { type ProcessUsage, readUsage } from '../../kernel/system/process-usage.ts';
import type { Status } from './status.ts';

export type ProcessFacts = {
  readonly nodeVersion: string;
  /** Of the controller; milliseconds since the epoch. */
  readonly startedAt: number;
  readonly own: ProcessUsage;
  readonly memory: NodeJS.MemoryUsage;
  /** Of each running process, by its name. */
  readonly usages: readonly (readonly [string, ProcessUsage])[];
};

const nothing: ProcessUsage = { cpuSeconds: 0, residentBytes: 0, virtualBytes: 0 };

export const readFacts = ({ processes }: Pick<Status, 'processes'>): ProcessFacts => {
  const own = readUsage(process.pid) ?? nothing;
  const others = Object.entries(processes).flatMap(([name, pid]) => {
    const usage = readUsage(pid);
    return usage === undefined ? [] : [[name, usage] as const];
  });
  return {
    nodeVersion: process.versions.node,
    startedAt: performance.timeOrigin,
    own,
    memory: process.memoryUsage(),
    usages: [['controller', own], ...others],
  };
};
