// Keeps the kernel's daemons for connections as configured: a master sends them, a backup receives them.

import { diff } from '../../kernel/diff.ts';
import { applyDaemons, type DaemonEntry, daemonKey, isSameDaemon, listDaemons } from '../../kernel/ipvs/daemons.ts';
import type { IpvsFamily } from '../../kernel/ipvs/family.ts';
import type { Log } from '../log/log.ts';

export type KeptDaemons = {
  /** @returns the refusals, as text @throws KernelError */
  readonly keep: (wanted: readonly DaemonEntry[]) => string;
  /** The daemons that run as configured. */
  readonly configured: () => readonly DaemonEntry['state'][];
  /** Whether the kernel ran this one, by its key, at the last look. */
  readonly isRunning: (key: string) => boolean;
};

export const keepDaemons = (family: IpvsFamily, isOurs: (key: string) => boolean, log: Log): KeptDaemons => {
  let running: ReadonlySet<string> = new Set();
  let configured: readonly DaemonEntry['state'][] = [];

  const keep = (wanted: readonly DaemonEntry[]): string => {
    configured = [];
    const actual = listDaemons(family);
    running = new Set(actual.map(daemonKey));
    const changes = diff(actual, wanted, {
      keyOf: daemonKey,
      isSame: isSameDaemon,
      isOurs: (entry) => isOurs(daemonKey(entry)),
    });
    const done = { add: 'started', update: 'restarted', remove: 'ended' } as const;
    const results = applyDaemons(family, changes);
    const refused = new Set(results.flatMap(({ change, error }) => (error === undefined ? [] : [change.entry.state])));
    configured = wanted.map(({ state }) => state).filter((state) => !refused.has(state));
    return results
      .flatMap(({ change: { type, entry }, error }) => {
        if (error !== undefined) return [error.message];
        const { interface: name, syncId, group, port } = entry;
        log(
          'info',
          { process: 'ipvs', event: 'sync-daemon' },
          `${daemonKey(entry)} ${done[type]}: id ${syncId}, ${group}:${port} on ${name}`,
        );
        return [];
      })
      .join('; ');
  };

  return { keep, configured: () => configured, isRunning: (key) => running.has(key) };
};
