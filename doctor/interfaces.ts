// Looks at the interfaces that the configuration names: there, up, with an address; and how this host answers ARP. Judged purely.

import type { DirectorConfig } from '../config/model.ts';
import { heldAddresses } from '../config/virtual-addresses.ts';
import type { Finding } from './finding.ts';

export type SeenInterface = {
  readonly name: string;
  readonly up: boolean;
  /** The bridge that it is a port of, where that forwards multicast by IGMP snooping without a querier. */
  readonly snoopingBridge?: string;
};
export type SeenAddress = { readonly interface: string; readonly address: string; readonly prefixLength: number };
export type SeenHost = {
  readonly interfaces: readonly SeenInterface[];
  readonly addresses: readonly SeenAddress[];
  /** A kernel setting; undefined where the kernel has none of that name. */
  readonly setting: (name: string) => string | undefined;
};

const numberOf = (address: string): number => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
const isIpv4 = ({ address }: { readonly address: string }): boolean => !address.includes(':');

export const networkOf = ({ address, prefixLength }: Pick<SeenAddress, 'address' | 'prefixLength'>): number =>
  Math.floor(numberOf(address) / 2 ** (32 - prefixLength));

/** Whether an address lies in the subnet of another; a host address has none. */
export const isConnected = (address: string, subnet: SeenAddress): boolean =>
  isIpv4(subnet) && subnet.prefixLength < 32 && networkOf(subnet) === networkOf({ ...subnet, address });

const judgeOne = (name: string, host: SeenHost, virtual: ReadonlySet<string>): Finding[] => {
  const found = host.interfaces.find((one) => one.name === name);
  if (found === undefined) {
    const names = host.interfaces.map((one) => one.name).filter((other) => other !== 'lo');
    const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
    return [{ severity: 'error', about: name, message: `is missing; ${there}` }];
  }
  if (!found.up) {
    const message = 'is down or has no carrier: its routers take no part in the election';
    return [{ severity: 'error', about: name, message, mend: `ip link set dev ${name} up` }];
  }
  const own = host.addresses.filter((one) => one.interface === name && isIpv4(one) && !virtual.has(one.address));
  return [
    ...(own.length > 0
      ? []
      : [
          {
            severity: 'error' as const,
            about: name,
            message: 'has no IPv4 address of its own that advertisements could leave from',
          },
        ]),
    ...(found.snoopingBridge === undefined
      ? []
      : [
          {
            severity: 'hint' as const,
            about: name,
            message: `bridge ${found.snoopingBridge} snoops IGMP and has no querier: it may stop forwarding advertisements after some minutes`,
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
      severity: 'warning',
      about: [...others].join(', '),
      message: 'share a subnet, and each answers ARP for the addresses of all: neighbours may send to the wrong one',
      mend: 'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
    },
  ];
};

export const judgeInterfaces = ({ vrrp }: DirectorConfig, host: SeenHost): Finding[] => {
  const virtual = new Set(vrrp.routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)));
  const names = [...new Set(vrrp.routers.map((router) => router.interface))];
  const lost = vrrp.routers.flatMap((router) =>
    heldAddresses(router)
      .filter(isIpv4)
      .filter(({ address }) => !host.addresses.some((one) => isConnected(address, one)))
      .map(({ address }) => ({
        severity: 'hint' as const,
        about: `router ${router.name}`,
        message: `${address} lies outside of every connected subnet: neighbours reach it only by a route`,
      })),
  );
  return [...names.flatMap((name) => judgeOne(name, host, virtual)), ...judgeFlux(host), ...lost];
};

/** What masquerading needs of the kernel; regent sets it at its start, this says what stands now. */
export const judgeForwarding = (config: DirectorConfig, host: SeenHost): Finding[] =>
  config.virtualServices.some(({ realServers }) => realServers.some(({ forwarding }) => forwarding === 'masq')) &&
  host.setting('net.ipv4.ip_forward') === '0'
    ? [
        {
          severity: 'warning',
          about: 'this host',
          message: 'does not forward IPv4, so that masqueraded replies end here (regent run sets this at its start)',
          mend: 'sysctl -w net.ipv4.ip_forward=1',
        },
      ]
    : [];
