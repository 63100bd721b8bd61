// The sockets on interfaces with a virtual MAC, from which masters advertise (RFC 9568 7.2).

import { messageOf } from '../base/error.ts';
import type { RouterConfig } from '../config/model/model.ts';
import type { VrrpEventBody } from './events.ts';
import type { Interface, Ports, ReceivedPacket, Wire } from './ports.ts';

export type VirtualSockets = {
  /**
   * Opens a router's socket while its virtual interface is there. It also receives: another master's frames carry the same MAC,
   * and then come in only by that interface.
   */
  readonly open: (
    router: RouterConfig,
    links: ReadonlyMap<string, Interface>,
    receive: (packets: readonly ReceivedPacket[]) => void,
  ) => void;
  /** Sends with the virtual MAC while its interface is up; otherwise, as for the farewell of a fault, with the host's own. */
  readonly wireOf: (router: RouterConfig, own: Wire) => Wire;
  readonly close: () => void;
};

export const createVirtualSockets = (
  ports: Pick<Ports, 'openWire'>,
  emit: (event: VrrpEventBody) => void,
): VirtualSockets => {
  /** By router. */
  const sockets = new Map<string, { readonly index: number; readonly wire: Wire }>();

  const close = (name: string): void => {
    sockets.get(name)?.wire.close();
    sockets.delete(name);
  };

  return {
    open: ({ name, family, multicast, virtualMac }, links, receive) => {
      if (virtualMac === undefined) return;
      const link = links.get(virtualMac.interface);
      if (sockets.get(name)?.index === link?.index) return;
      close(name);
      if (link === undefined) return;
      try {
        const wire = ports.openWire(link, { family, joinsGroup: multicast }, receive, (message) => {
          emit({ type: 'kernel-error', router: name, message });
          close(name);
        });
        sockets.set(name, { index: link.index, wire });
      } catch (error) {
        emit({ type: 'kernel-error', router: name, message: messageOf(error) });
      }
    },
    wireOf: ({ name, virtualMac }, own) =>
      virtualMac === undefined
        ? own
        : {
            send: (payload, endpoints) => {
              try {
                const socket = sockets.get(name);
                if (socket !== undefined) return socket.wire.send(payload, endpoints);
              } catch {
                // Its interface is already down.
              }
              own.send(payload, endpoints);
            },
            close: own.close,
          },
    close: () => {
      for (const name of [...sockets.keys()]) close(name);
    },
  };
};
