// Controls the client with lasting connections: opens them, waits until each has received data again, and closes them.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from './drill.ts';
import type { Namespaces } from './hosts.ts';
import { servicePort, virtualAddress } from './topology.ts';

/** One connection as seen by the client. */
export type Established = {
  readonly kind: 'keep-alive' | 'download';
  /** The client's own port. */
  readonly port?: number;
  /** The real server that answers on it. */
  readonly server?: string;
  /** Time of the last received data: wall clock in milliseconds, 0 for never. */
  readonly receivedAt: number;
  /** How it ended; absent while it is open. */
  readonly ended?: string;
};

export type EstablishedConnections = {
  /** Opens the connections; resolves once each has received data. */
  readonly open: (hosts: Namespaces) => Promise<readonly Established[]>;
  /** The connections after a moment: waits until each has ended or received data since, `limit` milliseconds at most. */
  readonly receivedSince: (moment: number, limit: number) => Promise<readonly Established[]>;
  /** Ends the client with its connections. */
  readonly close: () => Promise<void>;
};

const keepAliveCount = 12;
const openLimit = 20_000;

/** Connections that a drill keeps open through several steps. */
export const keepConnections = (): EstablishedConnections => {
  let known: readonly Established[] = [];
  let end = async (): Promise<void> => {};
  const receivedSince = async (moment: number, limit: number): Promise<readonly Established[]> => {
    const isClear = () =>
      known.length > 0 && known.every(({ ended, receivedAt }) => ended !== undefined || receivedAt > moment);
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
      return receivedSince(0, openLimit);
    },
    receivedSince,
    close: () => end(),
  };
};
