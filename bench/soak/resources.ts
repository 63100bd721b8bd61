// What a director uses: memory, descriptors and threads of its processes, and how late it is.

import { readdirSync } from 'node:fs';
import { askStatus } from '../../test/netns/controller/operated-director.ts';
import { type Host, processesOf } from '../../test/netns/vrrp/hosts.ts';
import { memory } from '../usage.ts';

export type Resources = {
  readonly processes: number;
  /** MiB. */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Of advertisements since the start of vrrp, in milliseconds: the mean, and the worst of any timer. */
  readonly lateness: number;
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
    lateness: sent === 0 ? 0 : sum / sent,
    worst: router?.worstLateness ?? 0,
  };
};

export const describe = ({ processes, memory: used, descriptors, threads, lateness, worst }: Resources): string =>
  `${processes} processes, ${used.toFixed(0)} MiB, ${descriptors} descriptors, ${threads} threads, late by ${lateness.toFixed(1)} ms on average, ${worst.toFixed(0)} ms at worst`;
