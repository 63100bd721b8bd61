// The packets of payloads that are sent again and again: their IP header is written once. Pure.

import type { SendPath } from './vrrp-socket.ts';

/** @returns a function that makes a packet once for each payload and path, and returns that packet from then on. */
export const createPacketCache = (
  encode: (payload: Uint8Array, path: SendPath) => Buffer,
): ((payload: Uint8Array, path: SendPath) => Buffer) => {
  const made = new WeakMap<Uint8Array, SendPath & { readonly packet: Buffer }>();
  return (payload, { source, destination }) => {
    const known = made.get(payload);
    if (known?.source === source && known.destination === destination) return known.packet;
    const packet = encode(payload, { source, destination });
    made.set(payload, { source, destination, packet });
    return packet;
  };
};
