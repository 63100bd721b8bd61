// Virtual services and their destinations as plain data and as netlink attributes. Pure.

import type { Endpoint } from '../../net/endpoint.ts';
import { bytesOf, type Family, familyOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import { type AttributeValues, pack, readU32 } from '../netlink/codec.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';
import {
  type destinationAttributes,
  forwardingMask,
  forwardingNumbers,
  protocolNumbers,
  type serviceAttributes,
  serviceFlags,
  tunnelChecksums,
  tunnelNumbers,
} from './attributes.ts';

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
    : `${service.protocol} ${keyOf(service)}`;

/** The identity of a destination: `tcp 192.168.55.100:80 -> 192.168.66.111:80`. */
export const destinationKey = ({
  service,
  address,
  port,
}: Pick<DestinationEntry, 'service' | 'address' | 'port'>): string =>
  `${serviceKey(service)} -> ${keyOf({ address, port })}`;

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

const plainTunnel: Tunnel = { type: 'ipip', port: 0, checksum: 'none' };

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

const numberOf = (family: Family): number => (family === 'ipv4' ? AF_INET : AF_INET6);

/** The attributes that identify a service. */
export const serviceIdentity = (service: ServiceAddress): AttributeValues<typeof serviceAttributes> => {
  if ('firewallMark' in service) return { family: numberOf(service.family), firewallMark: service.firewallMark };
  return {
    family: numberOf(familyOf(service.address)),
    protocol: protocolNumbers[service.protocol],
    address: bytesOf(service.address),
    port: service.port,
  };
};

const netmaskOf = (family: number | undefined, prefixLength: number): Buffer => {
  if (family !== AF_INET) return pack(['u32', prefixLength]);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0);
  return mask;
};

/** The attributes that add or change a service. */
export const serviceValues = (entry: ServiceEntry): AttributeValues<typeof serviceAttributes> => {
  const identity = serviceIdentity(entry);
  const { persistence, onePacket, fallback, hashPort } = entry;
  const flags =
    (persistence === undefined ? 0 : serviceFlags.persistent) |
    (onePacket ? serviceFlags.onePacket : 0) |
    (fallback ? serviceFlags.fallback : 0) |
    (hashPort ? serviceFlags.port : 0);
  return {
    ...identity,
    scheduler: entry.scheduler,
    // The mask has every flag: flags set by other programs are cleared.
    flags: pack(['u32', flags], ['u32', 0xffff_ffff]),
    timeout: persistence?.timeout ?? 0,
    netmask: netmaskOf(identity.family, persistence?.prefixLength ?? (identity.family === AF_INET ? 32 : 128)),
    engine: persistence?.engine,
  };
};

/** The attributes that identify a destination within its service. */
export const destinationIdentity = (entry: DestinationEntry): AttributeValues<typeof destinationAttributes> => ({
  family: numberOf(familyOf(entry.address)),
  address: bytesOf(entry.address),
  port: entry.port,
});

/** The attributes that add or change a destination. */
export const destinationValues = (entry: DestinationEntry): AttributeValues<typeof destinationAttributes> => {
  const identity = destinationIdentity(entry);
  const { forwarding, weight, upperThreshold = 0, lowerThreshold = 0, tunnel = plainTunnel } = entry;
  return {
    ...identity,
    forwarding: forwardingNumbers[forwarding],
    weight,
    upperThreshold,
    lowerThreshold,
    ...(forwarding === 'tunnel' && {
      tunnelType: tunnelNumbers[tunnel.type],
      tunnelPort: tunnel.port,
      tunnelFlags: tunnelChecksums[tunnel.checksum],
    }),
  };
};

const nameOf = <Name extends string>(numbers: Readonly<Record<Name, number>>, wanted: number): Name | undefined =>
  (Object.keys(numbers) as Name[]).find((name) => numbers[name] === wanted);

const addressFrom = (family: number, bytes: Buffer): IpAddress =>
  formatAddress(family === AF_INET ? bytes.subarray(0, 4) : bytes.subarray(0, 16));

const statisticsOf = (values: AttributeValues<typeof serviceAttributes>['statistics']): Statistics => ({
  connections: values?.connections ?? 0n,
  inPackets: values?.inPackets ?? 0n,
  outPackets: values?.outPackets ?? 0n,
  inBytes: values?.inBytes ?? 0n,
  outBytes: values?.outBytes ?? 0n,
});

const decodeServiceAddress = (values: AttributeValues<typeof serviceAttributes>): ServiceAddress | undefined => {
  const { family, address, port, firewallMark } = values;
  if (family === undefined) return undefined;
  if (firewallMark !== undefined && firewallMark !== 0)
    return { firewallMark, family: family === AF_INET ? 'ipv4' : 'ipv6' };
  const protocol = nameOf(protocolNumbers, values.protocol ?? 0);
  return address === undefined || port === undefined || protocol === undefined
    ? undefined
    : { protocol, address: addressFrom(family, address), port };
};

const prefixLengthOf = (family: number | undefined, netmask: Buffer | undefined): number => {
  if (netmask === undefined || netmask.length < 4) return family === AF_INET ? 32 : 128;
  return family === AF_INET ? 32 - Math.log2(2 ** 32 - netmask.readUInt32BE()) : readU32(netmask, 0);
};

/** Decodes a service; undefined when it is incomplete, or of a protocol that regent does not know. */
export const decodeService = (values: AttributeValues<typeof serviceAttributes>): ServiceState | undefined => {
  const address = decodeServiceAddress(values);
  if (address === undefined) return undefined;
  const { family, scheduler = '', timeout = 0, netmask, engine } = values;
  const flags = values.flags === undefined ? 0 : readU32(values.flags, 0);
  return {
    ...address,
    scheduler,
    ...((flags & serviceFlags.persistent) !== 0 && {
      persistence: {
        timeout,
        prefixLength: prefixLengthOf(family, netmask),
        ...(engine !== undefined && engine !== '' && { engine }),
      },
    }),
    ...((flags & serviceFlags.onePacket) !== 0 && { onePacket: true }),
    ...((flags & serviceFlags.fallback) !== 0 && { fallback: true }),
    ...((flags & serviceFlags.port) !== 0 && { hashPort: true }),
    statistics: statisticsOf(values.statistics),
  };
};

const ipv4Service = (service: ServiceAddress): boolean =>
  'firewallMark' in service ? service.family === 'ipv4' : familyOf(service.address) === 'ipv4';

/** Decodes a destination of a service; undefined when it is incomplete. */
export const decodeDestination = (
  service: ServiceAddress,
  values: AttributeValues<typeof destinationAttributes>,
): DestinationState | undefined => {
  const { address, port, weight = 0, activeConnections = 0, inactiveConnections = 0 } = values;
  const forwarding = nameOf(forwardingNumbers, (values.forwarding ?? 0) & forwardingMask);
  if (address === undefined || port === undefined || forwarding === undefined) return undefined;
  const { upperThreshold = 0, lowerThreshold = 0, tunnelType = 0, tunnelPort = 0, tunnelFlags = 0 } = values;
  // Kernels before 3.18 send no family: it is the service's then.
  const family = values.family ?? (ipv4Service(service) ? AF_INET : AF_INET6);
  return {
    service: serviceAddressOf(service),
    address: addressFrom(family, address),
    port,
    forwarding,
    weight,
    ...(forwarding === 'tunnel' && {
      tunnel: {
        type: nameOf(tunnelNumbers, tunnelType) ?? 'ipip',
        port: tunnelPort,
        checksum: nameOf(tunnelChecksums, tunnelFlags) ?? 'none',
      },
    }),
    ...(upperThreshold !== 0 && { upperThreshold }),
    ...(lowerThreshold !== 0 && { lowerThreshold }),
    activeConnections,
    inactiveConnections,
    statistics: statisticsOf(values.statistics),
  };
};
