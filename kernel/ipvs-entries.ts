// Virtual services and their destinations as plain data, and the same as netlink attributes. Pure.

import { isIPv4 } from 'node:net';
import { canonicalAddress, formatAddress, parseAddress } from './ip-address.ts';
import {
  type destinationAttributes,
  forwardingMask,
  forwardingNumbers,
  protocolNumbers,
  type serviceAttributes,
} from './ipvs-attributes.ts';
import { AF_INET, AF_INET6 } from './libc.ts';
import { type AttributeValues, pack, readU32 } from './netlink.ts';

export type ServiceAddress = {
  readonly protocol: keyof typeof protocolNumbers;
  readonly address: string;
  readonly port: number;
};

export type ServiceEntry = ServiceAddress & {
  readonly scheduler: string;
  /** What regent does not configure: as read, and given back when the entry is changed. */
  readonly settings?: ServiceSettings;
};

/** Persistence and the like, in the kernel's own encoding. */
export type ServiceSettings = {
  readonly flags: number;
  /** Seconds that a persistent client keeps its server. */
  readonly timeout: number;
  readonly netmask: Buffer;
  readonly engine: string | undefined;
};

/** Counted since the entry was made. */
export type Statistics = {
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
};

/** A service as the kernel holds it. */
export type ServiceState = ServiceEntry & { readonly settings: ServiceSettings; readonly statistics: Statistics };

export type DestinationEntry = {
  readonly service: ServiceAddress;
  readonly address: string;
  readonly port: number;
  readonly forwarding: keyof typeof forwardingNumbers;
  /** 0 keeps established connections and gets no new ones. */
  readonly weight: number;
  /** What regent does not configure: as read, and given back when the entry is changed. */
  readonly settings?: DestinationSettings;
};

export type DestinationSettings = Pick<
  AttributeValues<typeof destinationAttributes>,
  'upperThreshold' | 'lowerThreshold' | 'tunnelType' | 'tunnelPort' | 'tunnelFlags'
>;

/** A destination as the kernel holds it. */
export type DestinationState = DestinationEntry & {
  readonly settings: DestinationSettings;
  /** Established connections (ipvsadm: ActiveConn). */
  readonly activeConnections: number;
  /** All others that it still knows: half open, closing, waiting (ipvsadm: InActConn). */
  readonly inactiveConnections: number;
  readonly statistics: Statistics;
};

const endpoint = (address: string, port: number): string => {
  const text = canonicalAddress(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
};

/** What makes two services the same: `tcp 192.168.55.100:80`. */
export const serviceKey = ({ protocol, address, port }: ServiceAddress): string =>
  `${protocol} ${endpoint(address, port)}`;

/** What makes two destinations the same: `tcp 192.168.55.100:80 -> 192.168.66.111:80`. */
export const destinationKey = ({
  service,
  address,
  port,
}: Pick<DestinationEntry, 'service' | 'address' | 'port'>): string =>
  `${serviceKey(service)} -> ${endpoint(address, port)}`;

export const isSameService = (actual: ServiceEntry, desired: ServiceEntry): boolean =>
  actual.scheduler === desired.scheduler;

export const isSameDestination = (actual: DestinationEntry, desired: DestinationEntry): boolean =>
  actual.forwarding === desired.forwarding && actual.weight === desired.weight;

const familyOf = (bytes: Buffer): number => (bytes.length === 4 ? AF_INET : AF_INET6);

/** The attributes that find a service; undefined when its address is none. */
export const serviceIdentity = (service: ServiceAddress): AttributeValues<typeof serviceAttributes> | undefined => {
  const address = parseAddress(service.address);
  if (address === undefined) return undefined;
  return { family: familyOf(address), protocol: protocolNumbers[service.protocol], address, port: service.port };
};

/**
 * The attributes that make or change a service; undefined when its address is none.
 * @param kept what the kernel holds already and the change leaves alone
 */
export const serviceValues = (
  entry: ServiceEntry,
  kept: ServiceSettings | undefined,
): AttributeValues<typeof serviceAttributes> | undefined => {
  const identity = serviceIdentity(entry);
  if (identity === undefined) return undefined;
  const settings = entry.settings ?? kept;
  const wholeAddress = identity.family === AF_INET ? Buffer.alloc(4, 0xff) : pack(['u32', 128]);
  return {
    ...identity,
    scheduler: entry.scheduler,
    // Under a mask of 0 the kernel keeps the flags it has.
    flags: pack(['u32', settings?.flags ?? 0], ['u32', settings === undefined ? 0 : 0xffff_ffff]),
    timeout: settings?.timeout ?? 0,
    netmask: settings?.netmask ?? wholeAddress,
    engine: settings?.engine,
  };
};

/** The attributes that find a destination within its service; undefined when its address is none. */
export const destinationIdentity = (
  entry: DestinationEntry,
): AttributeValues<typeof destinationAttributes> | undefined => {
  const address = parseAddress(entry.address);
  return address === undefined ? undefined : { family: familyOf(address), address, port: entry.port };
};

/** The attributes that make or change a destination; undefined when its address is none. */
export const destinationValues = (
  entry: DestinationEntry,
  kept: DestinationSettings | undefined,
): AttributeValues<typeof destinationAttributes> | undefined => {
  const identity = destinationIdentity(entry);
  if (identity === undefined) return undefined;
  return {
    ...identity,
    forwarding: forwardingNumbers[entry.forwarding],
    weight: entry.weight,
    // The kernel wants these two, whatever they are.
    upperThreshold: 0,
    lowerThreshold: 0,
    ...(entry.settings ?? kept),
  };
};

const nameOf = <Name extends string>(numbers: Readonly<Record<Name, number>>, wanted: number): Name | undefined =>
  (Object.keys(numbers) as Name[]).find((name) => numbers[name] === wanted);

const addressText = (family: number, bytes: Buffer): string =>
  formatAddress(family === AF_INET ? bytes.subarray(0, 4) : bytes.subarray(0, 16));

const statisticsOf = (values: AttributeValues<typeof serviceAttributes>['statistics']): Statistics => ({
  connections: values?.connections ?? 0n,
  inPackets: values?.inPackets ?? 0n,
  outPackets: values?.outPackets ?? 0n,
  inBytes: values?.inBytes ?? 0n,
  outBytes: values?.outBytes ?? 0n,
});

/** Reads a service; undefined for one that is found by a firewall mark, or is incomplete. */
export const decodeService = (values: AttributeValues<typeof serviceAttributes>): ServiceState | undefined => {
  const { family, address, port, scheduler, flags, timeout, netmask, engine } = values;
  const protocol = nameOf(protocolNumbers, values.protocol ?? 0);
  if (family === undefined || address === undefined || port === undefined || protocol === undefined) return undefined;
  return {
    protocol,
    address: addressText(family, address),
    port,
    scheduler: scheduler ?? '',
    settings: {
      flags: flags === undefined ? 0 : readU32(flags, 0),
      timeout: timeout ?? 0,
      netmask: netmask ?? Buffer.alloc(4),
      engine,
    },
    statistics: statisticsOf(values.statistics),
  };
};

/** Reads a destination of a service; undefined when it is incomplete. */
export const decodeDestination = (
  service: ServiceAddress,
  values: AttributeValues<typeof destinationAttributes>,
): DestinationState | undefined => {
  const { address, port, weight = 0, activeConnections = 0, inactiveConnections = 0 } = values;
  const forwarding = nameOf(forwardingNumbers, (values.forwarding ?? 0) & forwardingMask);
  if (address === undefined || port === undefined || forwarding === undefined) return undefined;
  const { upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelFlags } = values;
  // Kernels before 3.18 name no family: then it is the service's.
  const family = values.family ?? (isIPv4(service.address) ? AF_INET : AF_INET6);
  return {
    service: { protocol: service.protocol, address: service.address, port: service.port },
    address: addressText(family, address),
    port,
    forwarding,
    weight,
    settings: { upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelFlags },
    activeConnections,
    inactiveConnections,
    statistics: statisticsOf(values.statistics),
  };
};
