// The lab's hold on the client whose connections stay: opens them, waits until they were heard again, and closes them.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from './drill.ts';
import type { Namespaces } from './hosts.ts';
import { servicePort, virtualAddress } from './topology.ts';

/** One connection as the client knows it. */
export type Established = {
  readonly kind: 'keep-alive' | 'download';
  /** The client's own port. */
  readonly port?: number;
  /** The real server that answers on it. */
  readonly server?: string;
  /** When anything came last: wall clock in milliseconds, 0 for never. */
  readonly heardAt: number;
  /** How it ended; absent while it goes on. */
  readonly ended?: string;
};

export type EstablishedConnections = {
  /** Opens them; resolves when each was heard. */
  readonly open: (hosts: Namespaces) => Promise<readonly Established[]>;
  /** What became of them: waits until each has ended or was heard after a moment, for `limit` milliseconds at most. */
  readonly heardSince: (moment: number, limit: number) => Promise<readonly Established[]>;
  /** Ends the client, and its connections with it. */
  readonly close: () => Promise<void>;
};

export const keepAliveCount = 12;
const openLimit = 20_000;

/** Connections that a drill keeps through several of its steps. */
export const keepConnections = (): EstablishedConnections => {
  let known: readonly Established[] = [];
  let end = async (): Promise<void> => {};
  const heardSince = async (moment: number, limit: number): Promise<readonly Established[]> => {
    const isClear = () =>
      known.length > 0 && known.every(({ ended, heardAt }) => ended !== undefined || heardAt > moment);
    await until(isClear, limit);
    return known;
  };
  return {
    open: async (hosts) => {
      const args = [virtualAddress, String(servicePort), String(keepAliveCount)];
      const child = hosts.start('cl0', [...hosts.program('established-client'), ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (child.stdout === null) throw new Error('The client has no standard output');
      createInterface({ input: child.stdout }).on('line', (line) => {
        known = JSON.parse(line);
      });
      end = async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      };
      return heardSince(0, openLimit);
    },
    heardSince,
    close: () => end(),
  };
};
