// Examines the configured interfaces: present, up, with an address; and how this host answers ARP. Judged purely.

import { closest } from 'fastest-levenshtein';
import { hasSubnet } from '../config/model/interface-settings.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import { contains, isHost } from '../net/cidr.ts';
import { type Family, type IpAddress, isLinkLocal } from '../net/ip-address.ts';
import type { Finding } from './finding.ts';

export type SeenInterface = {
  readonly name: string;
  readonly up: boolean;
  /** Of an Ethernet interface. */
  readonly mac?: string;
  /** The bridge of this port, if it forwards multicast by IGMP snooping without a querier. */
  readonly snoopingBridge?: string;
};
export type SeenAddress = {
  readonly interface: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly secondary?: true;
};
export type SeenHost = {
  readonly interfaces: readonly SeenInterface[];
  readonly addresses: readonly SeenAddress[];
  /** A kernel setting; undefined if the kernel has none of that name. */
  readonly setting: (name: string) => string | undefined;
};

const isIpv4 = ({ address }: { readonly address: IpAddress }): boolean => !address.includes(':');

/** Whether an address lies in the subnet of another; a host address has none. */
export const isConnected = (address: IpAddress, subnet: SeenAddress): boolean =>
  !isHost(subnet) && contains(subnet, address);

/** The addresses that come and go with mastership, without an owner's. */
export const virtualAddresses = ({ vrrp }: DirectorConfig): ReadonlySet<string> =>
  new Set(
    vrrp.routers
      .filter(({ priority }) => priority !== 255)
      .flatMap((router) => heldAddresses(router).map(({ address }) => address)),
  );

/** Possible source addresses of advertisements: over IPv6 a link-local address (RFC 9568 5.1.2.1). */
export const ownAddresses = (
  name: string,
  family: Family,
  addresses: readonly SeenAddress[],
  virtual: ReadonlySet<string>,
): readonly SeenAddress[] =>
  addresses.filter(
    (one) =>
      one.interface === name &&
      !virtual.has(one.address) &&
      (family === 'ipv4' ? isIpv4(one) : !isIpv4(one) && isLinkLocal(one.address)),
  );

/** A link-local address (RFC 3927) as a source if the network gives none: its last two bytes are the MAC's. */
const addressByMac = (mac = '00:00:00:00:01:01'): string => {
  const [third = 1, fourth = 1] = mac
    .split(':')
    .slice(-2)
    .map((part) => Number.parseInt(part, 16));
  // The first and the last 256 are reserved (RFC 3927 2.1).
  return `169.254.${Math.min(254, Math.max(1, third))}.${Math.min(254, Math.max(1, fourth))}/16`;
};

/** A VLAN is created as its name says; otherwise the configuration means the interface with the nearest name. */
const replace = (name: string, names: readonly string[]): Pick<Finding, 'mend' | 'change'> => {
  const [, parent = '', vlan] = /^(.+)\.(\d{1,4})$/.exec(name) ?? [];
  if (names.includes(parent))
    return {
      mend: `ip link add link ${parent} name ${name} type vlan id ${vlan} && ip link set dev ${name} up`,
    };
  return names.length === 0 ? { mend: 'ip -brief link' } : { change: `interface: ${closest(name, names)}` };
};

const judgeSource = (name: string, family: Family, host: SeenHost, virtual: ReadonlySet<string>): Finding[] => {
  if (ownAddresses(name, family, host.addresses, virtual).length > 0) return [];
  const severity = 'error';
  if (family === 'ipv4') {
    const message =
      'has no IPv4 address of its own to send advertisements from: give it one, such as this, derived from its MAC';
    const mend = `ip address add ${addressByMac(host.interfaces.find((one) => one.name === name)?.mac)} dev ${name}`;
    return [{ code: 'no-source-address', severity, about: name, message, mend }];
  }
  if (host.setting(`net/ipv6/conf/${name}/disable_ipv6`) === '1') {
    const mend = `sysctl -w net/ipv6/conf/${name}/disable_ipv6=0`;
    return [{ code: 'ipv6-disabled', severity, about: name, message: 'has IPv6 disabled', mend }];
  }
  return [
    {
      code: 'no-link-local-address',
      severity,
      about: name,
      message: 'has no link-local IPv6 address to send advertisements from',
      mend: `ip link set dev ${name} addrgenmode eui64 && ip link set dev ${name} down && ip link set dev ${name} up`,
    },
  ];
};

const judgeOne = (
  name: string,
  families: readonly Family[],
  host: SeenHost,
  virtual: ReadonlySet<string>,
): Finding[] => {
  const found = host.interfaces.find((one) => one.name === name);
  if (found === undefined) {
    const names = host.interfaces.map((one) => one.name).filter((other) => other !== 'lo');
    const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
    return [
      {
        code: 'interface-missing',
        severity: 'error',
        about: name,
        message: `is missing; ${there}`,
        ...replace(name, names),
      },
    ];
  }
  if (!found.up) {
    const message = 'is down or has no carrier: its routers take no part in the election';
    return [{ code: 'interface-down', severity: 'error', about: name, message, mend: `ip link set dev ${name} up` }];
  }
  return [
    ...families.flatMap((family) => judgeSource(name, family, host, virtual)),
    ...(found.snoopingBridge === undefined
      ? []
      : [
          {
            code: 'bridge-snoops' as const,
            severity: 'hint' as const,
            about: name,
            message: `bridge ${found.snoopingBridge} snoops multicast (IGMP, MLD) and has no querier: it may stop forwarding advertisements after some minutes`,
            mend: `ip link set dev ${found.snoopingBridge} type bridge mcast_querier 1`,
          },
        ]),
  ];
};

const judgeFlux = (host: SeenHost): Finding[] => {
  if (host.setting('net.ipv4.conf.all.arp_ignore') !== '0') return [];
  const subnets = host.addresses.filter((one) => isIpv4(one) && one.prefixLength < 32 && one.interface !== 'lo');
  const clash = subnets.find((one) =>
    subnets.some((other) => other.interface !== one.interface && isConnected(one.address, other)),
  );
  if (clash === undefined) return [];
  const others = new Set(subnets.filter((one) => isConnected(clash.address, one)).map((one) => one.interface));
  return [
    {
      code: 'arp-flux',
      severity: 'warning',
      about: [...others].join(', '),
      message: 'share a subnet, and each answers ARP for the addresses of all: neighbours may send to the wrong one',
      mend: 'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
    },
  ];
};

/** The kernel deletes the secondary addresses of a subnet with its primary one, unless it is set to promote them. */
const judgeSecondaries = (config: DirectorConfig, host: SeenHost, virtual: ReadonlySet<string>): Finding[] => {
  const held = config.vrrp.routers.flatMap(heldAddresses).filter(hasSubnet);
  const isPromoting = (name: string): boolean =>
    ['all', name].some((one) => host.setting(`net/ipv4/conf/${one}/promote_secondaries`) === '1');
  const primaries = host.addresses.filter(
    (one) =>
      one.secondary === undefined && held.some((vip) => vip.address === one.address) && !isPromoting(one.interface),
  );
  return primaries.flatMap((primary) => {
    const behind = host.addresses.filter(
      (one) =>
        one.secondary === true &&
        one.interface === primary.interface &&
        one.prefixLength === primary.prefixLength &&
        !virtual.has(one.address) &&
        isConnected(one.address, primary),
    );
    if (behind.length === 0) return [];
    const own = behind.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(', ');
    return [
      {
        code: 'own-address-behind',
        severity: 'warning',
        about: primary.interface,
        message: `${primary.address}/${primary.prefixLength} of a virtual router came before ${own}: when it goes, the kernel deletes the host's own with it (regent sets promote_secondaries against that)`,
        mend: `sysctl -w net/ipv4/conf/${primary.interface}/promote_secondaries=1`,
      },
    ];
  });
};

export const judgeInterfaces = (config: DirectorConfig, host: SeenHost): Finding[] => {
  const { vrrp } = config;
  const virtual = virtualAddresses(config);
  const names = [...new Set(vrrp.routers.map((router) => router.interface))];
  const familiesOf = (name: string): Family[] => [
    ...new Set(vrrp.routers.filter((router) => router.interface === name).map(({ family }) => family)),
  ];
  const lost = vrrp.routers.flatMap((router) =>
    heldAddresses(router)
      .filter(({ address }) => !isLinkLocal(address) && !host.addresses.some((one) => isConnected(address, one)))
      .map(({ address, interface: name }) => ({
        code: 'address-outside' as const,
        severity: 'hint' as const,
        about: `router ${router.name}`,
        message: `${address} is outside every connected subnet: neighbours reach it only by a route to this interface`,
        mend: `ip route replace ${address} dev ${name}`,
        on: 'the router between it and its clients',
      })),
  );
  return [
    ...names.flatMap((name) => judgeOne(name, familiesOf(name), host, virtual)),
    ...judgeFlux(host),
    ...judgeSecondaries(config, host, virtual),
    ...lost,
  ];
};
