// Watches that enough processes of one name run. The kernel reports their ends; new ones are searched for only while too few run.

import { messageOf } from '../../base/error.ts';
import type { ProcessConfig } from '../../config/model/tracking-model.ts';
import { findProcesses, watchProcess } from '../../kernel/system/processes.ts';
import type { Seen, Watcher } from './item.ts';

/** In milliseconds. A process is often restarted at once: the search begins soon and slows down. */
const firstSearch = 50;
const slowestSearch = 1000;

export const watchProcesses = ({ process: name, quorum }: ProcessConfig, report: (seen: Seen) => void): Watcher => {
  const watches = new Map<number, { close(): void }>();
  let search: NodeJS.Timeout | undefined;

  const reportCount = (): void => {
    const isEnough = watches.size >= quorum;
    const count = `${watches.size} of ${name}`;
    const reason = isEnough ? `runs (${count})` : `does not run: ${count}, of ${quorum} that must`;
    report({ state: isEnough ? 'up' : 'down', reason });
  };

  const look = (pause: number): void => {
    const seek = (first: number): void => {
      clearTimeout(search);
      if (watches.size < quorum) search = setTimeout(() => look(Math.min(slowestSearch, 2 * first)), first);
    };
    try {
      for (const pid of findProcesses(name)) {
        if (watches.has(pid)) continue;
        const watch = watchProcess(pid, () => {
          watches.delete(pid);
          reportCount();
          seek(firstSearch);
        });
        if (watch !== undefined) watches.set(pid, watch);
      }
      reportCount();
    } catch (error) {
      report({ state: 'unknown', reason: `cannot be watched: ${messageOf(error)}` });
    }
    seek(pause);
  };

  look(firstSearch);
  return {
    close: () => {
      clearTimeout(search);
      for (const watch of watches.values()) watch.close();
    },
  };
};
