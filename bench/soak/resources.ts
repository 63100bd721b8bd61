// What a director uses: memory, descriptors and threads of its processes, and how late it is.

import { readdirSync } from 'node:fs';
import { askStatus } from '../../test/netns/controller/operated-director.ts';
import { type Host, pidOf, processesOf } from '../../test/netns/vrrp/hosts.ts';
import { memory } from '../usage.ts';
import type { Reading } from './flatness.ts';

export type Resources = {
  readonly processes: number;
  /** MiB. */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
  /** By this process, the advertisements since its start, and their lateness together in milliseconds. */
  readonly vrrp: number;
  readonly sent: number;
  readonly late: number;
  /** Of any timer since the start of vrrp, in milliseconds. */
  readonly worst: number;
};

const count = (pids: readonly number[], folder: 'fd' | 'task'): number =>
  pids.reduce((sum, pid) => {
    try {
      return sum + readdirSync(`/proc/${pid}/${folder}`).length;
    } catch {
      return sum;
    }
  }, 0);

export const resourcesOf = async (host: Host): Promise<Resources> => {
  const pids = processesOf(host.directory);
  const [router] = (await askStatus(host))?.routers ?? [];
  const { counts = [], sum = 0 } = router?.advertisementLateness ?? {};
  const sent = counts.reduce((total, one) => total + one, 0);
  return {
    processes: pids.length,
    memory: memory(pids),
    descriptors: count(pids, 'fd'),
    threads: count(pids, 'task'),
    vrrp: pidOf(host, 'vrrp'),
    sent,
    late: sum,
    worst: router?.worstLateness ?? 0,
  };
};

export const describe = ({ processes, memory: used, descriptors, threads, sent, late, worst }: Resources): string =>
  `${processes} processes, ${used.toFixed(0)} MiB, ${descriptors} descriptors, ${threads} threads, late by ${(late / Math.max(1, sent)).toFixed(1)} ms on average, ${worst.toFixed(0)} ms at worst`;

/** @param before the resources at the reading before this one */
export const readingOf = (
  { processes, memory: used, descriptors, threads, ...now }: Resources,
  before?: Resources,
): Reading => {
  const earlier = before?.vrrp === now.vrrp ? before : { sent: 0, late: 0 };
  const sent = now.sent - earlier.sent;
  return {
    processes,
    memory: used,
    descriptors,
    threads,
    ...(sent > 0 && { lateness: (now.late - earlier.late) / sent }),
  };
};
