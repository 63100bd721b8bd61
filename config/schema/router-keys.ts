// The keys of a virtual router.

import { virtualAddress } from './address-keys.ts';
import { optional, required, withDefault } from './kind.ts';
import { route, rule } from './route-keys.ts';
import { secret } from './secret.ts';
import { either, list, mapping } from './structure.ts';
import { track } from './tracking-keys.ts';
import { choice, duration, filePath, flag, hostAddress, interfaceName, name, text, whole } from './values.ts';

/** As keepalived has it. */
export const usualWindow = { intervals: 3, least: 5000 } as const;

// Which of them belong to which type is a rule (rules/peer-rules.ts).
const authenticationKeys = {
  type: required(
    choice(['password', 'hmac']),
    'password: clear text, version 2 only; it protects only from mistakes. hmac: a signature with a time, as by auth_hmac in keepalived 2.4.',
  ),
  password: optional(secret(text(1, 8)), 'Of type password: the same on all directors.', { example: 'lab51' }),
  key_file: optional(
    filePath('/etc/regent/vrrp.keys'),
    'Of type hmac: a file of mode 0600 with one key per line, "ID SECRET", ID 1-255 and 32 to 64 bytes of secret, or hex: and digits. The first key signs, all are accepted.',
    { example: '/etc/regent/vrrp.keys' },
  ),
  window: optional(
    duration('positive'),
    `Of type hmac: how far the clocks of the directors may differ. Without it ${usualWindow.intervals} advertisement intervals, but at least ${usualWindow.least / 1000}s.`,
    { example: '10s' },
  ),
  mode: withDefault(
    choice(['enforce', 'permissive', 'receive_only']),
    'enforce',
    'Of type hmac. enforce: sign, and drop what is unsigned. permissive: sign, and accept what is unsigned. receive_only: accept both and do not sign yet.',
  ),
};

const virtualMacKeys = {
  interface: required(
    interfaceName(),
    'Name of the interface with the virtual MAC. With `virtual_mac: true` it is vrrp4-ID, or vrrp6-ID over IPv6.',
    { example: 'vrrp.51' },
  ),
};

const routerKeys = {
  name: required(name(), 'Its name in commands, logs and metrics; peers do not see it.', {
    example: 'vip',
  }),
  interface: required(
    interfaceName(),
    'The interface for its advertisements and addresses. While it is missing the router waits in fault.',
    { example: 'enp0s9' },
  ),
  version: withDefault(choice([3, 2]), 3, 'Of VRRP: 3 is RFC 9568, 2 is RFC 3768. The same on all directors.'),
  virtual_router_id: required(
    whole(1, 255),
    'Identifies the router to peers: the same on all its directors, and unique in the network.',
    { example: 51 },
  ),
  priority: withDefault(
    whole(1, 255),
    100,
    'The router with the highest becomes master. 255: this host owns the addresses.',
  ),
  releases_addresses: withDefault(
    flag(),
    false,
    "With priority 255: whether its addresses are removed when it is not master, as with other routers and in keepalived, instead of being the host's own, which stay.",
  ),
  shares_addresses: withDefault(
    flag(),
    false,
    'Whether it may have addresses in common with other routers of this host that also set this: they stay while one of these is master.',
  ),
  // What each version can carry is a rule (rules/router-rules.ts).
  advertisement_interval: withDefault(
    duration('positive'),
    '1s',
    'Time between two advertisements of a master. In version 2 whole seconds up to 255s, the same on all directors.',
    { bounds: '10ms to 40.95s in steps of 10ms' },
  ),
  down_after: withDefault(
    whole(1, 100),
    3,
    'How many advertisements in a row must be missed before the master counts as dead.',
    { unit: 'advertisements' },
  ),
  preempt: withDefault(flag(), true, 'Whether it takes over from a master of lower priority.'),
  preempt_delay: withDefault(duration('zero'), '0s', 'How long to wait before preempting a master of lower priority.'),
  start_delay: withDefault(
    duration('zero'),
    '0s',
    'How much longer than usual it listens when it starts, so that the host can get ready.',
  ),
  track: withDefault(
    list(track),
    [],
    'Items that raise or lower its priority, or fault it, besides its own interface.',
  ),
  checksum: withDefault(
    choice(['rfc5798', 'rfc9568']),
    'rfc5798',
    'What the checksum of an IPv4 advertisement of version 3 covers: pseudo-header and message (keepalived, FRR), or the message alone. Both are accepted.',
  ),
  addresses: required(
    list(virtualAddress, 1),
    'The virtual addresses, of one family; without a length /32 or /128. Their order does not matter.',
    { example: ['192.168.55.100/32'] },
  ),
  excluded: withDefault(
    list(virtualAddress),
    [],
    'Addresses that the master holds and announces but does not advertise; of either family.',
    { example: ['192.168.66.100/24', '2001:db8::100/64'] },
  ),
  routes: withDefault(list(route), [], 'Routes that a master has: added after its addresses, removed before them.'),
  rules: withDefault(list(rule), [], 'Rules of policy routing that a master has, like its routes.'),
  virtual_mac: withDefault(
    either(flag(), mapping(virtualMacKeys)),
    false,
    'Whether the addresses have the MAC of their virtual router, 00:00:5e:00:01:ID or 00:00:5e:00:02:ID over IPv6, so that hosts and switches need not learn another at a failover. It is on an interface of its own, a macvlan on the router’s interface.',
    { example: true },
  ),
  lease: withDefault(
    choice(['auto', 'until_successor', 'off']),
    'auto',
    'auto: the addresses carry a lifetime that a master keeps renewing, and that ends before a backup takes over, at intervals from 1s on. until_successor: it ends just after the takeover, so that a killed master’s kernel answers meanwhile. off: they stay until removed.',
  ),
  accept: withDefault(
    flag(),
    true,
    'Whether a master answers on its addresses. false: it only forwards, and packets to the addresses are dropped.',
  ),
  announce_every: withDefault(
    duration('zero'),
    '60s',
    'How often a master repeats gratuitous ARP or neighbour advertisements; 0s for never.',
  ),
  source: optional(hostAddress(), "The address to advertise from. Without it the interface's first one.", {
    example: '192.168.55.11',
  }),
  peers: withDefault(
    list(hostAddress()),
    [],
    'Directors that receive its advertisements by unicast, where the network has no multicast.',
    { example: ['192.168.55.12'] },
  ),
  multicast: optional(flag(), 'Whether it also advertises to the multicast group. Default: only without peers.'),
  check_source: withDefault(flag(), true, 'With peers: whether unicast advertisements must come from one of them.'),
  min_ttl: withDefault(
    whole(1, 255),
    255,
    'With peers: the least TTL or hop limit of unicast; below 255 they may be routed.',
  ),
  authentication: optional(mapping(authenticationKeys), 'How advertisements prove their origin.'),
  address_mismatch: withDefault(
    choice(['overlap', 'accept', 'drop']),
    'overlap',
    'Which advertisements with other addresses are accepted: those with some in common (another pair with the same id has none), all, or none. Status shows them.',
  ),
};

export const router = mapping(routerKeys);
