// Virtual services and their destinations as netlink attributes, encoded and decoded. Pure.

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
import {
  type DestinationEntry,
  type DestinationState,
  plainTunnel,
  type ServiceAddress,
  type ServiceEntry,
  type ServiceState,
  type Statistics,
  serviceAddressOf,
} from './entries.ts';

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
