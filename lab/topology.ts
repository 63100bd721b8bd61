// The lab's hosts, with their networks, addresses and routes. Pure data; hosts.ts creates them.

export const profiles = ['gateway', 'seed'] as const;
/** `gateway`: a floating default gateway for the real servers. `seed`: exactly the seed's addresses and routes. */
export type Profile = (typeof profiles)[number];
/** The pair's, and the fleet's behind a router (anycast/plan.ts). */
export const labProfiles = [...profiles, 'anycast'] as const;
export type LabProfile = (typeof labProfiles)[number];

export const hostNames = ['lb0', 'lb1', 'rs0', 'rs1', 'cl0'] as const;
export type HostName = (typeof hostNames)[number];
export const directorNames = ['lb0', 'lb1'] as const;
export type DirectorName = (typeof directorNames)[number];
export const realServerNames = ['rs0', 'rs1'] as const;
export type RealServerName = (typeof realServerNames)[number];

/** The two networks, by their third octet: 192.168.66.0/24 behind the directors, 192.168.55.0/24 in front of them. */
export type NetworkName = '66' | '55';
export const networkNames: readonly NetworkName[] = ['66', '55'];
export const interfaceNames: Readonly<Record<NetworkName, string>> = { 66: 'enp0s8', 55: 'enp0s9' };

export type Attachment = { readonly network: NetworkName; readonly interface: string; readonly address: string };
export type Route = { readonly to: string; readonly via: string };
export type Host = {
  readonly name: HostName;
  readonly attachments: readonly Attachment[];
  readonly routes: readonly Route[];
  /** Forwards packets between its networks, as a director must. */
  readonly isRouter: boolean;
};

export const virtualAddress = '192.168.55.100';
export const servicePort = 80;
/** The real servers' floating gateway of the `gateway` profile. */
const gatewayAddress = '192.168.66.100';

/** The expected output of `ipvsadm -L -n` on both directors, exactly as in the seed. */
export const seedTable = `TCP  192.168.55.100:80 wrr
  -> 192.168.66.111:80            Masq    100    0          0
  -> 192.168.66.112:80            Masq    100    0          0`;

const lastOctets: Readonly<Record<HostName, Partial<Record<NetworkName, number>>>> = {
  lb0: { 66: 11, 55: 11 },
  lb1: { 66: 12, 55: 12 },
  rs0: { 66: 111 },
  rs1: { 66: 112 },
  cl0: { 55: 200 },
};

/** A host's address on a network. @returns undefined if the host is not on it. */
export const addressOn = (name: HostName, network: NetworkName): string | undefined => {
  const octet = lastOctets[name][network];
  return octet === undefined ? undefined : `192.168.${network}.${octet}`;
};

/** The host with this address of its own; undefined for virtual addresses. */
export const hostOf = (address: string): HostName | undefined =>
  hostNames.find((name) => networkNames.some((network) => addressOn(name, network) === address));

/** The MAC that encodes the interface's IPv4 address, so that a capture shows the sender. */
export const macOf = (address: string): string =>
  ['02', '00', ...address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':');

/** The IPv4 address encoded in a MAC; undefined for one from outside of the lab. */
export const addressOfMac = (mac: string): string | undefined =>
  mac.startsWith('02:00:')
    ? mac
        .split(':')
        .slice(2)
        .map((byte) => Number.parseInt(byte, 16))
        .join('.')
    : undefined;

/** The addresses that the master of a profile holds, by interface. */
export const virtualAddresses = (profile: Profile): readonly { interface: string; address: string }[] =>
  profile === 'gateway'
    ? [
        { interface: interfaceNames[55], address: virtualAddress },
        { interface: interfaceNames[66], address: gatewayAddress },
      ]
    : [{ interface: interfaceNames[66], address: virtualAddress }];

const routesOf = (name: HostName, profile: Profile): readonly Route[] => {
  if (name !== 'rs0' && name !== 'rs1') return [];
  const client = '192.168.55.0/24';
  if (profile === 'seed') return [{ to: client, via: '192.168.66.11' }];
  return [
    { to: client, via: gatewayAddress },
    { to: 'default', via: gatewayAddress },
  ];
};

/** The five hosts of a profile. */
export const hostsOf = (profile: Profile): readonly Host[] =>
  hostNames.map((name) => ({
    name,
    attachments: networkNames.flatMap((network) => {
      const address = addressOn(name, network);
      return address === undefined ? [] : [{ network, interface: interfaceNames[network], address }];
    }),
    routes: routesOf(name, profile),
    isRouter: name === 'lb0' || name === 'lb1',
  }));
