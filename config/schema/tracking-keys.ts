// The keys of tracking: items that may be tracked by name, and the `track` of routers and groups.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { formatCidr, parseCidr } from '../../net/cidr.ts';
import { optional, required, withDefault } from './kind.ts';
import { judged, ofText, value } from './scalar.ts';
import { list, mapping } from './structure.ts';
import { duration, filePath, interfaceName, ipAddress, name, plainText, whole } from './values.ts';

const weight = () => whole(-253, 253, 'priority');

const prefixOf = (text: string): string | undefined => {
  if (text === 'default') return '0.0.0.0/0';
  const prefix = text.includes('/') ? parseCidr(text) : undefined;
  return prefix && formatCidr(prefix);
};

/** The default route, or a prefix of either family as in the kernel's table. */
const destination = () =>
  value('"default" or a prefix, such as 192.0.2.0/24', ofText(prefixOf), {
    type: 'string',
    pattern: '^(default|[\\dA-Fa-f.:]+/\\d{1,3})$',
  });

/** What an entry of `track` may name: one of these. */
const itemKeys = {
  interface: optional(interfaceName(), 'Is up, with carrier.', { example: 'enp0s8' }),
  script: optional(name(), 'One of vrrp.scripts succeeds.', { example: 'uplink' }),
  process: optional(name(), 'Enough of one of vrrp.processes run.', { example: 'nginx' }),
  file: optional(name(), 'One of vrrp.files: its number times the weight.', { example: 'maintenance' }),
  service: optional(name(), 'A virtual service has its quorum.', { example: 'web' }),
  route: optional(destination(), 'The kernel has a route to exactly this prefix, or a default route.', {
    example: 'default',
  }),
  neighbour: optional(ipAddress(), 'A host of a connected network answers.', { example: '192.168.55.1' }),
  bfd: optional(
    name(),
    'One of vrrp.bfd is up. Without a weight a backup takes over at once when the session to its master ends.',
    { example: 'lb1' },
  ),
};

export type TrackedKind = keyof typeof itemKeys;

/** Conditions of the network, which may flap. */
export const flapping: readonly TrackedKind[] = ['interface', 'route', 'neighbour'];

export const usualDelays = { down: milliseconds(0), up: milliseconds(0), upOfFlapping: milliseconds(1000) };

const seconds = (span: Milliseconds): string => `${span / 1000}s`;

const trackKeys = {
  weight: optional(
    weight(),
    "Positive: added to the priority while the item is up. Negative: subtracted while it is down. 0: a fault while it is down. Without it the item's own, else 0.",
    { example: -60 },
  ),
  down_delay: optional(
    duration('zero'),
    `How long it must be down before it counts as down. Without it ${seconds(usualDelays.down)}.`,
    {
      example: '2s',
    },
  ),
  up_delay: optional(
    duration('zero'),
    `How long it must be up again before it counts as up. Without it ${seconds(usualDelays.upOfFlapping)} for ${flapping.join(', ')}, and ${seconds(usualDelays.up)} for the others.`,
    { example: '5s' },
  ),
};

/** The kinds of items that may be tracked. */
export const trackedKinds = Object.keys(itemKeys) as TrackedKind[];

export const track = mapping(
  { ...itemKeys, ...trackKeys },
  { id: 'track', oneOf: { keys: trackedKinds, message: `expected one of ${trackedKinds.join(', ')} in each entry` } },
);

const scriptKeys = {
  name: required(name(), 'Its name in track entries.', { example: 'uplink' }),
  command: required(
    list(plainText(), 1),
    'Program, by its absolute path, and arguments; there is no shell. It must belong to root and be writable by root alone. Exit status 0 is a success.',
    { example: ['/usr/local/bin/check-uplink', '--quick'] },
  ),
  interval: withDefault(duration('positive'), '1s', 'From one start to the next.'),
  timeout: optional(
    duration('positive'),
    'After this it is killed with all programs it started, which is a failure. Without it the interval.',
    { example: '500ms' },
  ),
  rise: withDefault(whole(1, 1000), 1, 'Successes in a row until it is up again.', { unit: 'runs' }),
  fall: withDefault(whole(1, 1000), 1, 'Failures in a row until it is down.', { unit: 'runs' }),
  weight: withDefault(weight(), 0, 'Weight for entries without one.'),
};

const processKeys = {
  name: required(name(), 'Its name in track entries.', { example: 'nginx' }),
  process: required(name(), "The last part of the path of its program, or the kernel's name for it.", {
    example: 'nginx',
  }),
  quorum: withDefault(whole(1, 65_535), 1, 'How many must run.', { unit: 'processes' }),
  weight: withDefault(weight(), 0, 'Weight for entries without one.'),
};

const fileKeys = {
  name: required(name(), 'Its name in track entries.', { example: 'maintenance' }),
  path: required(
    filePath('/run/regent/maintenance'),
    'Holds a whole number, which is multiplied by the weight; missing or empty it holds 0.',
    {
      example: '/run/regent/maintenance',
    },
  ),
  weight: withDefault(weight(), 1, 'Weight for entries without one. 0: any number but 0 is a fault.'),
};

// RFC 5880 section 4.1 counts microseconds in 32 bits; timers of this host cannot keep less than 10 ms.
const rate = () =>
  judged(duration('positive', '10ms to 60s'), (input, span) =>
    span >= 10 && span <= 60_000 ? [] : [{ message: `expected 10ms to 60s between packets, not "${input}"` }],
  );

const bfdKeys = {
  name: required(name(), 'Its name in track entries.', { example: 'lb1' }),
  peer: required(ipAddress(), 'The other end, in a connected network (RFC 5881, single hop).', {
    example: '192.168.55.12',
  }),
  source: optional(ipAddress(), 'Local address. Without it the kernel chooses.', {
    example: '192.168.55.11',
  }),
  min_tx: withDefault(rate(), '300ms', 'The least time between two packets sent.'),
  min_rx: withDefault(rate(), '300ms', 'The least time between two packets that it can receive.'),
  multiplier: withDefault(
    whole(1, 255),
    3,
    'How many packets in a row the other end may miss before the session is down.',
    { unit: 'packets' },
  ),
};

/** The keys of `vrrp` for items that may be tracked. */
export const trackedKeys = {
  scripts: withDefault(list(mapping(scriptKeys)), [], 'Programs that are run periodically, to be tracked.'),
  processes: withDefault(list(mapping(processKeys)), [], 'Programs that must be running, to be tracked.'),
  files: withDefault(list(mapping(fileKeys)), [], 'Files with a number that an operator writes, to be tracked.'),
  bfd: withDefault(list(mapping(bfdKeys)), [], 'BFD sessions with other hosts, to be tracked.'),
};
