// The keys of a master's routes and rules.

import { type Cidr, networkOf, parseCidr } from '../../net/cidr.ts';
import { families } from '../../net/ip-address.ts';
import { addressScopes } from './address-keys.ts';
import { optional, required, withDefault } from './kind.ts';
import { type Complaint, judged, ofText, value } from './scalar.ts';
import { mapping } from './structure.ts';
import { choice, flag, interfaceName, ipAddress, whole } from './values.ts';

const routeTypes = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const;

/** A network has no bits set after its prefix: the kernel refuses such a route, and lists such a rule as another. */
const judgeNetwork = (input: unknown, network: Cidr | 'default'): Complaint[] => {
  if (network === 'default' || networkOf(network) === network.address) return [];
  return [
    {
      message: `${input} is an address within its network`,
      suggestion: `${networkOf(network)}/${network.prefixLength}`,
    },
  ];
};

/** A network as address and length; a bare address is one host. */
const network = () =>
  judged(
    value('a network, such as 192.0.2.0/24 or 2001:db8::/32', ofText(parseCidr), { type: 'string', unit: 'prefix' }),
    judgeNetwork,
  );

const destination = () =>
  judged(
    value(
      'a network, such as 192.0.2.0/24, or default',
      ofText((text): Cidr | 'default' | undefined => (text === 'default' ? text : parseCidr(text))),
      { type: 'string', unit: 'prefix, default' },
    ),
    judgeNetwork,
  );

/** RT_TABLE_MAIN. */
const mainTable = 254;
const table = () => whole(1, 0xffff_ffff);

/** The kernel's own metric of a route without one. */
export const usualMetric = { ipv4: 0, ipv6: 1024 } as const;

const routeKeys = {
  to: required(destination(), 'The destination: a network, or default.', { example: 'default' }),
  via: optional(ipAddress(), 'The next hop.', { example: '192.168.55.1' }),
  interface: optional(interfaceName(), 'The outgoing interface. Without it the kernel finds it by the next hop.', {
    example: 'enp0s9',
  }),
  source: optional(ipAddress(), "Source of this host's own packets on the route, usually a virtual address.", {
    example: '192.168.55.100',
  }),
  type: withDefault(choice(routeTypes), 'unicast', 'unicast forwards packets; the others reject or drop them.'),
  table: withDefault(table(), mainTable, 'The routing table by its number: 254 is main.'),
  metric: optional(
    whole(0, 0xffff_ffff),
    `The route with the lowest is used. Without it ${usualMetric.ipv4}, and ${usualMetric.ipv6} over IPv6.`,
    {
      example: 100,
    },
  ),
  scope: optional(
    choice(addressScopes),
    'Of IPv4: the distance to the destination. Without it link where there is no next hop, else global.',
  ),
  on_link: withDefault(flag(), false, "Whether the next hop is on the link although outside the host's subnets."),
  mtu: optional(whole(68, 65_535), 'The largest packet on this route.', { unit: 'bytes', example: 1400 }),
};

const ruleKeys = {
  from: optional(network(), 'Of packets from this network.', { example: '192.168.66.0/24' }),
  to: optional(network(), 'Of packets to this network.', { example: '198.51.100.0/24' }),
  interface: optional(interfaceName(), 'Of packets that came in by this interface.', { example: 'enp0s8' }),
  mark: optional(whole(1, 0xffff_ffff), 'Of packets with this firewall mark.', { example: 7 }),
  table: optional(table(), 'The routing table to look into, by its number.', { example: 100 }),
  type: optional(
    choice(routeTypes.filter((type) => type !== 'unicast')),
    'Instead of table: what happens to the packets.',
  ),
  priority: withDefault(whole(1, 32_765), 16_384, 'The lowest is used first.'),
  family: optional(
    choice(families),
    "Family of the packets, where no network determines it. Default: the router's own family.",
  ),
};

export const route = mapping(routeKeys);
export const rule = mapping(ruleKeys);
