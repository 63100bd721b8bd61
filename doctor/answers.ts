// Examines whether neighbours would be answered for the virtual addresses: bridges, ARP, rp_filter, local routes. Judged purely.

import type { DirectorConfig, RouterConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import type { Arrival } from '../kernel/route/arrivals.ts';
import { type IpAddress, ip } from '../net/ip-address.ts';
import { type ArpSettings, arpSettingsOf, neighbourOf, whyNoArp, whyNoWay } from '../vrrp/holdings/answers.ts';
import type { Finding } from './finding.ts';
import { ownAddresses, type SeenAddress, type SeenHost, virtualAddresses } from './interfaces.ts';

export type SeenPaths = {
  readonly indices: ReadonlyMap<string, number>;
  /** The bridge or bond of each port, as text: `bridge br0`. */
  readonly takers: ReadonlyMap<string, string>;
  /** Interfaces with ARP switched off. */
  readonly silent: ReadonlySet<string>;
  readonly arrivalOf: (interfaceIndex: number, source: IpAddress, destination: IpAddress) => Arrival;
  readonly hasLocalRoute: (address: IpAddress, interfaceIndex: number) => boolean;
};

/** An address of a network that no host has (RFC 5737): its way is that of all distant clients. */
const distant = ip('192.0.2.1');

const unanswered = (about: string, message: string, mend: string): Finding => ({
  code: 'address-unanswered',
  severity: 'error',
  about,
  message,
  mend,
});

const loosen = (name: string): string => `sysctl -w net/ipv4/conf/all/rp_filter=2 net/ipv4/conf/${name}/rp_filter=2`;

/** How packets of neighbours, and of distant clients, come in to the host's own address beside the virtual ones. */
const judgeWay = (
  name: string,
  own: SeenAddress,
  settings: ArpSettings,
  host: SeenHost,
  { indices, arrivalOf }: SeenPaths,
): Finding[] => {
  const index = indices.get(name);
  const neighbour = neighbourOf(own, [name], host.addresses);
  if (index === undefined) return [];
  const arrival = neighbour && arrivalOf(index, neighbour, own.address);
  const why = neighbour && arrival && whyNoWay({ neighbour, arrival, answersBy: index }, settings, { name, index });
  if (why !== undefined)
    return [
      unanswered(
        name,
        why,
        settings.isStrict ? loosen(name) : `ip route get ${own.address} from ${neighbour} iif ${name}`,
      ),
    ];
  if (!settings.isStrict || arrivalOf(index, distant, own.address) !== 'refused') return [];
  return [
    {
      code: 'distant-dropped',
      severity: 'hint',
      about: name,
      message: `drops packets of clients beyond a router that come in here: net.ipv4.conf.${name}.rp_filter is strict (1), and the way to them leaves by another interface, or there is none`,
      mend: loosen(name),
    },
  ];
};

const judgeArp = (router: RouterConfig, settings: ArpSettings, host: SeenHost): Finding[] => {
  const name = router.interface;
  const mend = `sysctl -w net/ipv4/conf/all/arp_ignore=1 net/ipv4/conf/${name}/arp_ignore=1`;
  const [why] = heldAddresses(router).flatMap((held) =>
    held.interface === name ? (whyNoArp(held, settings, host.addresses) ?? []) : [],
  );
  return why === undefined ? [] : [unanswered(`router ${router.name}`, why, mend)];
};

const judgeRoutes = (router: RouterConfig, host: SeenHost, { indices, hasLocalRoute }: SeenPaths): Finding[] =>
  heldAddresses(router).flatMap(({ interface: name, address, prefixLength }) => {
    const index = indices.get(name);
    const isHeld = host.addresses.some((one) => one.interface === name && one.address === address);
    if (index === undefined || !isHeld || hasLocalRoute(address, index)) return [];
    const mend = `ip address del ${address}/${prefixLength} dev ${name}; ip address add ${address}/${prefixLength} dev ${name}`;
    return [unanswered(`router ${router.name}`, `holds ${address}, and the kernel has no local route to it`, mend)];
  });

export const judgeAnswers = (config: DirectorConfig, host: SeenHost, paths: SeenPaths): Finding[] => {
  const { routers } = config.vrrp;
  const virtual = virtualAddresses(config);
  const settingsOf = (name: string): ArpSettings => arpSettingsOf(host.setting, name);
  const ofInterface = (name: string): Finding[] => {
    const taker = paths.takers.get(name);
    if (taker !== undefined) {
      const message = `is a port of ${taker}, which takes all that arrives: its routers take no part in the election`;
      return [
        { code: 'interface-taken', severity: 'error', about: name, message, mend: `ip link set dev ${name} nomaster` },
      ];
    }
    if (paths.silent.has(name)) {
      const message = 'has ARP and neighbour discovery switched off: neighbours do not find the addresses here';
      return [unanswered(name, message, `ip link set dev ${name} arp on`)];
    }
    const [own] = ownAddresses(name, 'ipv4', host.addresses, virtual);
    return own === undefined ? [] : judgeWay(name, own, settingsOf(name), host, paths);
  };
  return [
    ...[...new Set(routers.map((router) => router.interface))].flatMap(ofInterface),
    ...routers.flatMap((router) => [
      ...(router.family === 'ipv4' && router.virtualMac === undefined
        ? judgeArp(router, settingsOf(router.interface), host)
        : []),
      ...judgeRoutes(router, host, paths),
    ]),
  ];
};
