// Virtual services and their destinations as plain data, with their keys. Pure.

import { flatText } from '../../base/flat-text.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { type Family, familyOf, type IpAddress } from '../../net/ip-address.ts';
import type { forwardingNumbers, protocolNumbers, tunnelChecksums, tunnelNumbers } from './attributes.ts';

/** How packets match a service: by destination, or by firewall mark. Port 0 stands for every port. */
export type ServiceAddress =
  | { readonly protocol: keyof typeof protocolNumbers; readonly address: IpAddress; readonly port: number }
  | { readonly firewallMark: number; readonly family: Family };

export type Persistence = {
  /** How long a client keeps its server, in seconds. */
  readonly timeout: number;
  /** Clients whose addresses agree in this many bits share a server. */
  readonly prefixLength: number;
  /** `sip`: by Call-ID instead of by address. */
  readonly engine?: string;
};

export type ServiceEntry = ServiceAddress & {
  readonly scheduler: string;
  readonly persistence?: Persistence;
  /** Schedules each datagram by itself (UDP). */
  readonly onePacket?: boolean;
  /** sh and mh: another server where the chosen one has weight 0 or is full. */
  readonly fallback?: boolean;
  /** sh and mh: the client's port counts too. */
  readonly hashPort?: boolean;
};

/** Counted since the entry was added. */
export type Statistics = {
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
};

/** A service as the kernel holds it. */
export type ServiceState = ServiceEntry & { readonly statistics: Statistics };

export type Tunnel = {
  readonly type: keyof typeof tunnelNumbers;
  /** The outer UDP port; for gue only. */
  readonly port: number;
  readonly checksum: keyof typeof tunnelChecksums;
};

export type DestinationEntry = {
  readonly service: ServiceAddress;
  readonly address: IpAddress;
  readonly port: number;
  readonly forwarding: keyof typeof forwardingNumbers;
  /** 0 keeps established connections but admits no new ones. */
  readonly weight: number;
  /** The tunnel's encapsulation; ipip where absent. */
  readonly tunnel?: Tunnel;
  /** No new connections at this many; 0 or absent for no limit. */
  readonly upperThreshold?: number;
  /** New connections again below this many; 0 or absent for three quarters of the upper threshold. */
  readonly lowerThreshold?: number;
};

/** A destination as the kernel holds it. */
export type DestinationState = DestinationEntry & {
  /** Established connections (ipvsadm: ActiveConn). */
  readonly activeConnections: number;
  /** All other known connections: half open, closing, waiting (ipvsadm: InActConn). */
  readonly inactiveConnections: number;
  readonly statistics: Statistics;
};

/** Includes the port even where it is 0: every port is a key of its own. */
const keyOf = ({ address, port }: Endpoint): string =>
  familyOf(address) === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;

/** The identity of a service: `tcp 192.168.55.100:80`, `mark 7`, `mark 7 ipv6`. */
export const serviceKey = (service: ServiceAddress): string =>
  'firewallMark' in service
    ? `mark ${service.firewallMark}${service.family === 'ipv6' ? ' ipv6' : ''}`
    : flatText(service.protocol, ' ', keyOf(service));

/** The identity of a destination: `tcp 192.168.55.100:80 -> 192.168.66.111:80`. */
export const destinationKey = ({
  service,
  address,
  port,
}: Pick<DestinationEntry, 'service' | 'address' | 'port'>): string =>
  flatText(serviceKey(service), ' -> ', keyOf({ address, port }));

/** The part of an entry that identifies its service. */
export const serviceAddressOf = (service: ServiceAddress): ServiceAddress =>
  'firewallMark' in service
    ? { firewallMark: service.firewallMark, family: service.family }
    : { protocol: service.protocol, address: service.address, port: service.port };

export const isSameService = (actual: ServiceEntry, desired: ServiceEntry): boolean =>
  actual.scheduler === desired.scheduler &&
  (actual.onePacket ?? false) === (desired.onePacket ?? false) &&
  (actual.fallback ?? false) === (desired.fallback ?? false) &&
  (actual.hashPort ?? false) === (desired.hashPort ?? false) &&
  actual.persistence?.timeout === desired.persistence?.timeout &&
  actual.persistence?.prefixLength === desired.persistence?.prefixLength &&
  actual.persistence?.engine === desired.persistence?.engine;

/** What the kernel has without a tunnel's settings. */
export const plainTunnel: Tunnel = { type: 'ipip', port: 0, checksum: 'none' };

export const isSameDestination = (actual: DestinationEntry, desired: DestinationEntry): boolean => {
  const [left, right] = [actual.tunnel ?? plainTunnel, desired.tunnel ?? plainTunnel];
  return (
    actual.forwarding === desired.forwarding &&
    actual.weight === desired.weight &&
    (actual.upperThreshold ?? 0) === (desired.upperThreshold ?? 0) &&
    (actual.lowerThreshold ?? 0) === (desired.lowerThreshold ?? 0) &&
    (desired.forwarding !== 'tunnel' ||
      (left.type === right.type && left.port === right.port && left.checksum === right.checksum))
  );
};
