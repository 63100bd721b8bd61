// Sends connection synchronisation messages to the group of the backup daemons, as a master daemon does.

import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { familyOf } from '../../net/ip-address.ts';
import type { DaemonEntry } from '../ipvs/daemons.ts';

export type SyncGroup = Pick<DaemonEntry, 'interface' | 'group' | 'port' | 'ttl'>;

// A backup daemon's socket buffer holds some ninety messages, and a slow machine reads ten a millisecond.
const burst = 16;
const pause = 4;

/**
 * Sends all messages, in bursts.
 * @throws Error of dgram, or when the interface has no IPv4 address for an IPv4 group
 */
export const sendSyncMessages = async (
  { interface: name, group, port, ttl }: SyncGroup,
  messages: readonly Buffer[],
): Promise<void> => {
  const isFour = familyOf(group) === 'ipv4';
  const own = networkInterfaces()[name]?.find(({ family }) => family === 'IPv4')?.address;
  if (isFour && own === undefined) throw new Error(`${name} has no IPv4 address`);
  const socket = createSocket(isFour ? 'udp4' : 'udp6');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, isFour ? own : '::', resolve);
    });
    socket.setMulticastInterface(isFour ? (own ?? '') : `::%${name}`);
    socket.setMulticastTTL(ttl);
    // This host's own daemon already has them.
    socket.setMulticastLoopback(false);
    for (let start = 0; start < messages.length; start += burst) {
      if (start > 0) await sleep(pause);
      const sent = messages.slice(start, start + burst).map(
        (message) =>
          new Promise<void>((resolve, reject) => {
            socket.send(message, port, group, (error) => (error === null ? resolve() : reject(error)));
          }),
      );
      await Promise.all(sent);
    }
  } finally {
    socket.close();
  }
};
