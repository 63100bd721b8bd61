// Listens to the advertisements on the configured interfaces for a while; sends nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { openVrrpSocket, type VrrpSocket } from '../kernel/vrrp-socket.ts';
import { decodeAdvertisement } from '../vrrp/packet.ts';
import type { Sighting } from './sightings.ts';

export type ListeningPlace = { readonly name: string; readonly index: number };

/**
 * @param span milliseconds.
 * @throws KernelError EPERM without CAP_NET_RAW.
 */
export const listen = async (places: readonly ListeningPlace[], span: number): Promise<readonly Sighting[]> => {
  const sightings: Sighting[] = [];
  const sockets: VrrpSocket[] = [];
  const ignore = (): void => undefined;
  try {
    for (const { name, index } of places) {
      sockets.push(
        openVrrpSocket({
          family: 'ipv4',
          interface: name,
          interfaceIndex: index,
          joinsGroup: true,
          onPacket: ({ payload, ...path }) => {
            const decoded = decodeAdvertisement(payload, path);
            if (!decoded.ok) return;
            const { dialect } = decoded;
            sightings.push({
              interface: name,
              source: path.source,
              ...decoded.advertisement,
              ...(dialect !== undefined && { dialect }),
            });
          },
          onDrop: ignore,
          onError: ignore,
        }),
      );
    }
    await sleep(span);
  } finally {
    for (const socket of sockets) socket.close();
  }
  return sightings;
};
