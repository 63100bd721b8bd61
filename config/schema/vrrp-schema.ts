// The keys of the section `vrrp`, their defaults, and their conversion to the model.

import { z } from 'zod';
import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { type Family, familyOf } from '../../net/ip-address.ts';
import type { AuthenticationConfig, RouterConfig, VirtualAddress, VrrpConfig } from '../model/model.ts';
import { virtualInterfaceName } from '../model/virtual-mac.ts';
import { addressKeys, virtualAddress } from './address-schema.ts';
import { knownPathKeys, route, routeOf, rule, ruleOf } from './path-schema.ts';
import {
  bfdKeys,
  fileKeys,
  processKeys,
  scriptKeys,
  trackedKeys,
  trackKeys,
  trackList,
  trackTimes,
} from './tracking-schema.ts';
import { choice, duration, filePath, flag, interfaceName, ipAddress, name, text, whole } from './values.ts';

// Which of them belong to which type is a rule (vrrp-rules.ts).
const authenticationKeys = {
  type: choice(['password', 'hmac']).describe(
    'password: the clear text of version 2, which protects from nothing but mistakes. hmac: a signature with a time, as of auth_hmac in keepalived 2.4.',
  ),
  password: text(1, 8)
    .optional()
    .meta({ description: 'Of type password: the same on all directors.', example: 'lab51' }),
  key_file: filePath().optional().meta({
    description:
      'Of type hmac: a file of mode 0600 with a key a line, "ID SECRET", ID 1-255 and 32 to 64 bytes of secret, or hex: and digits. The first key signs, all are accepted.',
    example: '/etc/regent/vrrp.keys',
  }),
  window: duration('positive').optional().meta({
    description:
      'Of type hmac: how far the clocks of the directors may differ. Without it three advertisement intervals, but 5s at least.',
    example: '10s',
  }),
  mode: choice(['enforce', 'permissive', 'receive_only'])
    .default('enforce')
    .describe(
      'Of type hmac. enforce: sign, and drop what is unsigned. permissive: sign, and accept what is unsigned. receive_only: accept both and do not sign yet.',
    ),
};

const virtualMacKeys = {
  interface: interfaceName().meta({
    description: 'What the interface with the virtual MAC is called. Without it vrrp4-ID, or vrrp6-ID over IPv6.',
    example: 'vrrp.51',
  }),
};

/** Three intervals, at least 5 s, like keepalived. */
const defaultWindow = (interval: Milliseconds): Milliseconds => milliseconds(Math.max(3 * interval, 5000));

const authenticationOf = (
  raw: z.output<z.ZodObject<typeof authenticationKeys>>,
  interval: Milliseconds,
): AuthenticationConfig =>
  raw.type === 'password'
    ? { type: 'password', password: raw.password ?? '' }
    : { type: 'hmac', keyFile: raw.key_file ?? '', window: raw.window ?? defaultWindow(interval), mode: raw.mode };

const routerKeys = {
  name: name().meta({
    description: 'What commands, logs and metrics call it: yours alone, peers do not see it.',
    example: 'vip',
  }),
  interface: interfaceName().meta({
    description: 'Where it advertises and holds its addresses. While it is missing the router waits in fault.',
    example: 'enp0s9',
  }),
  version: choice([3, 2]).default(3).describe('Of VRRP: 3 is RFC 9568, 2 is RFC 3768. The same on all directors.'),
  virtual_router_id: whole(1, 255).meta({
    description:
      'What peers know the router by: the same on all its directors, and used by no other router of the network.',
    example: 51,
  }),
  priority: whole(1, 255).default(100).describe('The highest becomes master. 255: this host owns the addresses.'),
  releases_addresses: flag()
    .default(false)
    .describe(
      'With priority 255: whether its addresses go when it is not master, as of any router and of keepalived, instead of being the host’s own, which stay.',
    ),
  shares_addresses: flag()
    .default(false)
    .describe(
      'Whether other routers of this host that say so, too, may have the same addresses: they stay while one of them is master.',
    ),
  // What each version can carry is a rule (vrrp-rules.ts).
  advertisement_interval: duration('positive').prefault('1s').meta({
    description:
      'Between two advertisements of a master. In version 2 whole seconds, to 255s, and the same on all directors.',
    bounds: '10ms to 40.95s in steps of 10ms',
  }),
  down_after: whole(1, 100).default(3).meta({
    description: 'How many advertisements in a row must be missed before the master counts as dead.',
    unit: 'advertisements',
  }),
  preempt: flag().default(true).describe('Whether it takes over from a living master of lower priority.'),
  ...trackTimes,
  track: trackList.describe('What raises or lowers its priority, or faults it, beside its own interface.'),
  checksum: choice(['rfc5798', 'rfc9568'])
    .default('rfc5798')
    .describe(
      'What the sum of an IPv4 advertisement of version 3 covers: a pseudo-header too (keepalived, FRR), or the message alone. Both are accepted.',
    ),
  addresses: z
    .array(virtualAddress)
    .min(1)
    .meta({
      description:
        'The virtual addresses, of one family; without a length /32 or /128. Their order counts for nothing.',
      example: ['192.168.55.100/32'],
    }),
  excluded: z
    .array(virtualAddress)
    .default([])
    .meta({
      description: 'Addresses that the master holds and announces but does not advertise; of either family.',
      example: ['192.168.66.100/24', '2001:db8::100/64'],
    }),
  routes: z
    .array(route)
    .default([])
    .describe('Routes that a master has: added once its addresses stand, removed before they go.'),
  rules: z.array(rule).default([]).describe('Rules of policy routing that a master has, as its routes.'),
  virtual_mac: z
    .union([flag(), z.strictObject(virtualMacKeys)])
    .default(false)
    .meta({
      description:
        'Whether the addresses have the MAC of their virtual router, 00:00:5e:00:01:ID or 00:00:5e:00:02:ID over IPv6, so that hosts and switches need not learn another at a failover. It is on an interface of its own above the router’s.',
      example: true,
    }),
  lease: choice(['auto', 'off'])
    .default('auto')
    .describe(
      'auto: the addresses carry a lifetime of just under three intervals that a living master keeps renewing. off: they stay until removed.',
    ),
  accept: flag()
    .default(true)
    .describe(
      'Whether a master answers on its addresses. false: it forwards for others alone, and packets to the addresses are dropped.',
    ),
  announce_every: duration('zero')
    .prefault('60s')
    .describe('How often a master repeats gratuitous ARP or neighbour advertisements; 0s for never.'),
  source: ipAddress().optional().meta({
    description: "The address to advertise from. Without it the interface's first one.",
    example: '192.168.55.11',
  }),
  peers: z
    .array(ipAddress())
    .default([])
    .meta({
      description: 'Directors to speak to by unicast, where the network carries no multicast.',
      example: ['192.168.55.12'],
    }),
  multicast: flag()
    .optional()
    .describe(
      'Whether it speaks to the multicast group beside its peers. Without it only a router without peers does.',
    ),
  check_source: flag().default(true).describe('With peers: whether unicast advertisements must come from one of them.'),
  min_ttl: whole(1, 255)
    .default(255)
    .describe('With peers: the least TTL or hop limit of unicast; below 255 they may be routed.'),
  authentication: z
    .strictObject(authenticationKeys)
    .optional()
    .describe('How advertisements prove where they come from.'),
  address_mismatch: choice(['overlap', 'accept', 'drop'])
    .default('overlap')
    .describe(
      'Which advertisements with other addresses than this router count: those that have some in common (another pair with the same id has none), all, or none. Status shows them.',
    ),
};

/** @returns undefined if the interface's own MAC serves. */
const virtualMacFrom = (
  raw: boolean | { readonly interface: string },
  family: Family,
  virtualRouterId: number,
): RouterConfig['virtualMac'] => {
  if (raw === false) return undefined;
  return raw === true ? { interface: virtualInterfaceName(family, virtualRouterId) } : raw;
};

/** The family of the first address; a router without addresses is refused elsewhere. */
const familyOfRouter = ({ addresses: [first] }: { readonly addresses: readonly VirtualAddress[] }): Family =>
  first === undefined ? 'ipv4' : familyOf(first.address);

const router = z.strictObject(routerKeys).transform(
  (raw): RouterConfig => ({
    name: raw.name,
    interface: raw.interface,
    family: familyOfRouter(raw),
    ...(raw.source !== undefined && { source: raw.source }),
    peers: raw.peers,
    multicast: raw.multicast ?? raw.peers.length === 0,
    checkSource: raw.check_source,
    minTtl: raw.min_ttl,
    ...(raw.authentication && { authentication: authenticationOf(raw.authentication, raw.advertisement_interval) }),
    addressMismatch: raw.address_mismatch,
    version: raw.version,
    virtualRouterId: raw.virtual_router_id,
    priority: raw.priority,
    ...(raw.releases_addresses && { releasesAddresses: true }),
    advertisementInterval: raw.advertisement_interval,
    downAfter: raw.down_after,
    preempt: raw.preempt,
    preemptDelay: raw.preempt_delay,
    startDelay: raw.start_delay,
    track: raw.track,
    checksum: raw.checksum,
    addresses: raw.addresses,
    excluded: raw.excluded,
    routes: raw.routes.map((each) => routeOf(each, familyOfRouter(raw))),
    rules: raw.rules.map((each) => ruleOf(each, familyOfRouter(raw))),
    lease: raw.lease === 'auto',
    ...((virtualMac) => virtualMac && { virtualMac })(
      virtualMacFrom(raw.virtual_mac, familyOfRouter(raw), raw.virtual_router_id),
    ),
    accept: raw.accept,
    announceEvery: raw.announce_every,
  }),
);

const groupKeys = {
  name: name().meta({ description: 'What commands and logs call it.', example: 'lab' }),
  routers: z
    .array(name())
    .min(1)
    .meta({
      description:
        'Names of routers that change state together: a fault of one takes all back. A router is in one group at most.',
      example: ['vip', 'gateway'],
    }),
  track: trackList.describe('What each of its routers tracks.'),
};

const vrrpKeys = {
  routers: z.array(router).describe('Virtual routers: addresses that one director at a time holds.'),
  groups: z.array(z.strictObject(groupKeys)).default([]).describe('Routers that change state together.'),
  hold: duration('zero')
    .prefault('10s')
    .describe('How long the addresses are kept while no controller runs, so that it may be restarted.'),
  announce_rate: whole(1, 100_000).default(500).meta({
    description: 'How many gratuitous ARP and neighbour advertisements may leave an interface.',
    unit: 'packets a second',
  }),
  ...trackedKeys,
};

export const vrrp = z
  .strictObject(vrrpKeys)
  .transform(({ announce_rate: announceRate, ...raw }): VrrpConfig => ({ ...raw, announceRate }));

/** The keys of this section's mappings by their path. */
export const knownVrrpKeys = {
  vrrp: vrrpKeys,
  'vrrp.routers': routerKeys,
  'vrrp.routers.authentication': authenticationKeys,
  'vrrp.routers.addresses': addressKeys,
  'vrrp.routers.excluded': addressKeys,
  'vrrp.routers.routes': knownPathKeys.routes,
  'vrrp.routers.rules': knownPathKeys.rules,
  'vrrp.routers.virtual_mac': virtualMacKeys,
  'vrrp.groups': groupKeys,
  'vrrp.routers.track': trackKeys,
  'vrrp.groups.track': trackKeys,
  'vrrp.scripts': scriptKeys,
  'vrrp.processes': processKeys,
  'vrrp.files': fileKeys,
  'vrrp.bfd': bfdKeys,
};
