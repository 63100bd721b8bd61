// The sockets of the routers' interfaces: opened when an interface is up and has an address, closed when it is not.

import type { VrrpConfig } from '../config/model.ts';
import type { VrrpEventBody } from './messages.ts';
import type { PacketPath } from './packet.ts';
import type { Interface, Ports, Wire } from './ports.ts';

/** An interface in use: the address that packets leave from, and the socket they leave through. */
export type Attachment = { readonly link: Interface; readonly source: string; readonly wire: Wire };

export type Wires = {
  /** Brings the sockets in line with the interfaces as they are now. */
  readonly attach: () => void;
  readonly of: (interfaceName: string) => Attachment | undefined;
  readonly close: () => void;
};

type WiresOptions = {
  readonly config: VrrpConfig;
  readonly ports: Pick<Ports, 'interfaces' | 'addresses' | 'openWire'>;
  readonly emit: (event: VrrpEventBody) => void;
  readonly onPacket: (interfaceName: string, payload: Uint8Array, path: PacketPath) => void;
  readonly onAttached: (interfaceName: string) => void;
  /** Told while the socket still works, so that a farewell may leave. */
  readonly onDetach: (interfaceName: string, reason: string) => void;
};

const primaryAddress = (config: VrrpConfig, ports: WiresOptions['ports'], name: string): string | undefined => {
  const virtual = new Set(config.routers.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  const own = ports.addresses.list().filter((entry) => entry.interface === name && !entry.address.includes(':'));
  // An address owner's primary address is a virtual one too.
  return (own.find(({ address }) => !virtual.has(address)) ?? own[0])?.address;
};

/** Why an attachment can no longer serve; undefined while it can. */
const faultOf = (held: Attachment, link: Interface | undefined, source: string | undefined): string | undefined => {
  const { name } = held.link;
  if (link === undefined || link.index !== held.link.index) return `${name} is gone`;
  if (!link.up) return `${name} is down`;
  return source === held.source ? undefined : `${name} has another address`;
};

export const createWires = (options: WiresOptions): Wires => {
  const { config, ports, emit, onPacket, onAttached, onDetach } = options;
  const attachments = new Map<string, Attachment>();

  const detach = (name: string, reason: string): void => {
    onDetach(name, reason);
    attachments.get(name)?.wire.close();
    attachments.delete(name);
  };

  const open = (link: Interface, source: string): void => {
    const { name } = link;
    try {
      const wire = ports.openWire(
        link,
        source,
        (payload, path) => onPacket(name, payload, path),
        (message) => {
          emit({ type: 'kernel-error', message });
          detach(name, message);
          attach();
        },
      );
      attachments.set(name, { link, source, wire });
      onAttached(name);
    } catch (error) {
      emit({ type: 'kernel-error', message: error instanceof Error ? error.message : String(error) });
    }
  };

  const attach = (): void => {
    const links = new Map(ports.interfaces().map((link) => [link.name, link]));
    for (const name of new Set(config.routers.map((router) => router.interface))) {
      const link = links.get(name);
      const source = link?.up ? primaryAddress(config, ports, name) : undefined;
      const held = attachments.get(name);
      const fault = held && faultOf(held, link, source);
      if (fault !== undefined) detach(name, fault);
      if (link !== undefined && source !== undefined && !attachments.has(name)) open(link, source);
    }
  };

  return {
    attach,
    of: (name) => attachments.get(name),
    close: () => {
      for (const { wire } of attachments.values()) wire.close();
      attachments.clear();
    },
  };
};
