// The keys of a master's routes and rules.

import { z } from 'zod';
import { parseCidr } from '../../net/cidr.ts';
import { type Family, familyOf, unspecified } from '../../net/ip-address.ts';
import type { VirtualRoute, VirtualRule } from '../model/model.ts';
import { addressScopes, pathTypes } from '../model/model.ts';
import { choice, flag, interfaceName, ipAddress, ofText, value, whole } from './values.ts';

/** A network as address and length; a bare address is one host. */
const network = () =>
  value('a network, such as 192.0.2.0/24 or 2001:db8::/32', ofText(parseCidr)).meta({ type: 'string', unit: 'prefix' });

const isDefault = (input: unknown): input is 'default' => input === 'default';

const destination = () =>
  value(
    'a network, such as 192.0.2.0/24, or default',
    ofText((text) => (isDefault(text) ? text : parseCidr(text))),
  ).meta({
    type: 'string',
    unit: 'prefix, default',
  });

/** RT_TABLE_MAIN. */
const mainTable = 254;
const table = () => whole(1, 0xffff_ffff);

const routeKeys = {
  to: destination().meta({
    description: 'Where it leads: a network, or default.',
    example: 'default',
  }),
  via: ipAddress().optional().meta({ description: 'The next hop.', example: '192.168.55.1' }),
  interface: interfaceName().optional().meta({
    description: 'The interface that packets leave by. Without it the kernel finds it by the next hop.',
    example: 'enp0s9',
  }),
  source: ipAddress().optional().meta({
    description: "What this host's own packets on the route come from, as a rule a virtual address.",
    example: '192.168.55.100',
  }),
  type: choice(pathTypes).default('unicast').describe('unicast leads on; the others answer or drop what goes there.'),
  table: table().default(mainTable).describe('The routing table by its number: 254 is main.'),
  metric: whole(0, 0xffff_ffff).optional().meta({
    description: 'Of several routes to one network the lowest counts. Without it 0, and 1024 over IPv6.',
    example: 100,
  }),
  scope: choice(addressScopes)
    .optional()
    .describe('Of IPv4: how far away it leads. Without it link where there is no next hop, else global.'),
  on_link: flag()
    .default(false)
    .describe('Whether the next hop is on the link although no subnet of the host says so.'),
  mtu: whole(68, 65_535).optional().meta({
    description: 'The largest packet on this route.',
    unit: 'bytes',
    example: 1400,
  }),
};

const ruleKeys = {
  from: network().optional().meta({ description: 'Of packets from this network.', example: '192.168.66.0/24' }),
  to: network().optional().meta({ description: 'Of packets to this network.', example: '198.51.100.0/24' }),
  interface: interfaceName().optional().meta({
    description: 'Of packets that came in by this interface.',
    example: 'enp0s8',
  }),
  mark: whole(1, 0xffff_ffff).optional().meta({ description: 'Of packets with this firewall mark.', example: 7 }),
  table: table().optional().meta({
    description: 'The routing table to look into, by its number.',
    example: 100,
  }),
  type: choice(pathTypes.filter((type) => type !== 'unicast'))
    .optional()
    .describe('Instead of table: what becomes of the packets.'),
  priority: whole(1, 32_765).default(16_384).describe('The lowest is asked first.'),
  family: choice(['ipv4', 'ipv6'])
    .optional()
    .describe("Family of the packets, where no network determines it. Default: the router's own family."),
};

export const knownPathKeys = { routes: routeKeys, rules: ruleKeys };

type RawRoute = z.output<z.ZodObject<typeof routeKeys>>;
type RawRule = z.output<z.ZodObject<typeof ruleKeys>>;

const only = <Key extends string, Value>(key: Key, content: Value | undefined): { readonly [K in Key]?: Value } =>
  (content === undefined ? {} : { [key]: content }) as { readonly [K in Key]?: Value };

export const route = z.strictObject(routeKeys);
export const rule = z.strictObject(ruleKeys);

/** @param home the router's own family, the default */
export const routeOf = (raw: RawRoute, home: Family): VirtualRoute => {
  const said = isDefault(raw.to) ? (raw.via ?? raw.source) : raw.to.address;
  const family = said === undefined ? home : familyOf(said);
  const to = isDefault(raw.to) ? { address: unspecified[family], prefixLength: 0 } : raw.to;
  return {
    family,
    to: to.address,
    prefixLength: to.prefixLength,
    type: raw.type,
    table: raw.table,
    metric: raw.metric ?? (family === 'ipv4' ? 0 : 1024),
    ...only('via', raw.via),
    ...only('interface', raw.interface),
    ...only('source', raw.source),
    ...only('scope', raw.scope),
    ...only('mtu', raw.mtu),
    ...(raw.on_link && { onLink: true }),
  };
};

export const ruleOf = (raw: RawRule, home: Family): VirtualRule => {
  const said = (raw.from ?? raw.to)?.address;
  return {
    family: said === undefined ? (raw.family ?? home) : familyOf(said),
    priority: raw.priority,
    action: raw.type ?? 'table',
    table: raw.table ?? 0,
    ...only('from', raw.from),
    ...only('to', raw.to),
    ...only('interface', raw.interface),
    ...only('mark', raw.mark),
  };
};
