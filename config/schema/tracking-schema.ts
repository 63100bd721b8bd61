// The keys of tracking: items that may be tracked by name, and the `track` of routers and groups.

import { z } from 'zod';
import { milliseconds } from '../../base/units.ts';
import { formatCidr, parseCidr } from '../../net/cidr.ts';
import type {
  BfdConfig,
  FileConfig,
  ProcessConfig,
  ScriptConfig,
  TrackConfig,
  TrackedKind,
} from '../model/tracking-model.ts';
import { trackedKinds } from '../model/tracking-model.ts';
import { duration, interfaceName, ipAddress, name, ofText, value, whole } from './values.ts';

const weight = () => whole(-253, 253).meta({ unit: 'priority' });

const prefixOf = (text: string): string | undefined => {
  if (text === 'default') return '0.0.0.0/0';
  const prefix = text.includes('/') ? parseCidr(text) : undefined;
  return prefix && formatCidr(prefix);
};

/** The default route, or a prefix of either family as in the kernel's table. */
const destination = () =>
  value('"default" or a prefix, such as 192.0.2.0/24', ofText(prefixOf)).meta({
    type: 'string',
    pattern: '^(default|[\\dA-Fa-f.:]+/\\d{1,3})$',
  });

export const trackTimes = {
  preempt_delay: duration('zero')
    .prefault('0s')
    .describe('How long to wait before preempting a master of lower priority.'),
  start_delay: duration('zero')
    .prefault('0s')
    .describe('How much longer than usual it listens whenever it starts, so that the host may get ready.'),
};

export const trackKeys = {
  interface: interfaceName().optional().meta({ description: 'Is up, with carrier.', example: 'enp0s8' }),
  script: name().optional().meta({ description: 'One of vrrp.scripts succeeds.', example: 'uplink' }),
  process: name().optional().meta({ description: 'Enough of one of vrrp.processes run.', example: 'nginx' }),
  file: name()
    .optional()
    .meta({ description: 'One of vrrp.files: its number times the weight.', example: 'maintenance' }),
  service: name().optional().meta({ description: 'A virtual service has its quorum.', example: 'web' }),
  route: destination().optional().meta({
    description: 'The kernel has a route to exactly this prefix, or a default route.',
    example: 'default',
  }),
  neighbour: ipAddress()
    .optional()
    .meta({ description: 'A host of a connected network answers.', example: '192.168.55.1' }),
  bfd: name().optional().meta({
    description: 'One of vrrp.bfd is up. Without a weight its end tells a backup at once that the master is gone.',
    example: 'lb1',
  }),
  weight: weight().optional().meta({
    description:
      "Positive: added to the priority while the item is up. Negative: subtracted while it is down. 0: a fault while it is down. Without it the item's own, else 0.",
    example: -60,
  }),
  down_delay: duration('zero')
    .optional()
    .meta({ description: 'How long it must be down before it counts as down. Without it 0s.', example: '2s' }),
  up_delay: duration('zero').optional().meta({
    description:
      'How long it must be up again before it counts as up. Without it 1s for interface, route and neighbour, and 0s for the others.',
    example: '5s',
  }),
} satisfies Record<TrackedKind, z.ZodType> & Record<string, z.ZodType>;

// Network conditions may flap: up counts after a second, down at once.
const flapping: readonly TrackedKind[] = ['interface', 'route', 'neighbour'];

const track = z
  .strictObject(trackKeys)
  .transform((raw, context): TrackConfig => {
    const given = trackedKinds.flatMap((kind) => {
      const named = raw[kind];
      return named === undefined ? [] : [{ kind, name: named }];
    });
    const [item] = given;
    // A misspelt kind is reported by its name.
    if (item === undefined && context.issues.some(({ code }) => code === 'unrecognized_keys')) return z.NEVER;
    if (item === undefined || given.length > 1) {
      const message = `expected one of ${trackedKinds.join(', ')} in each entry`;
      context.issues.push({ code: 'custom', message, input: raw });
      return z.NEVER;
    }
    return {
      ...item,
      ...(raw.weight !== undefined && { weight: raw.weight }),
      downDelay: raw.down_delay ?? milliseconds(0),
      upDelay: raw.up_delay ?? milliseconds(flapping.includes(item.kind) ? 1000 : 0),
    };
  })
  .meta({ id: 'track', oneOf: trackedKinds.map((kind) => ({ required: [kind] })) });

export const trackList = z.array(track).default([]);

export const scriptKeys = {
  name: name().meta({ description: 'What track entries call it.', example: 'uplink' }),
  command: z
    .array(z.string())
    .min(1)
    .meta({
      description:
        'Program, by its absolute path, and arguments; there is no shell. It must belong to root and be writable by root alone. Exit status 0 is a success.',
      example: ['/usr/local/bin/check-uplink', '--quick'],
    }),
  interval: duration('positive').prefault('1s').describe('From one start to the next.'),
  timeout: duration('positive').optional().meta({
    description: 'After this it is killed with all that it started, which is a failure. Without it the interval.',
    example: '500ms',
  }),
  rise: whole(1, 1000).default(1).meta({ description: 'Successes in a row that make it up again.', unit: 'runs' }),
  fall: whole(1, 1000).default(1).meta({ description: 'Failures in a row that make it down.', unit: 'runs' }),
  weight: weight().default(0).describe('For entries that give none.'),
};

export const processKeys = {
  name: name().meta({ description: 'What track entries call it.', example: 'nginx' }),
  process: name().meta({
    description: 'The last part of the path of its program, or what the kernel calls it.',
    example: 'nginx',
  }),
  quorum: whole(1, 65_535).default(1).meta({ description: 'How many must run.', unit: 'processes' }),
  weight: weight().default(0).describe('For entries that give none.'),
};

export const fileKeys = {
  name: name().meta({ description: 'What track entries call it.', example: 'maintenance' }),
  path: z.string().meta({
    description: 'Holds a whole number, which is multiplied by the weight; missing or empty it holds 0.',
    example: '/run/regent/maintenance',
  }),
  weight: weight().default(1).describe('For entries that give none. 0: any number but 0 is a fault.'),
};

export const bfdKeys = {
  name: name().meta({ description: 'What track entries call it.', example: 'lb1' }),
  peer: ipAddress().meta({
    description: 'The other end, in a connected network (RFC 5881, single hop).',
    example: '192.168.55.12',
  }),
  source: ipAddress()
    .optional()
    .meta({ description: 'Local address. Without it whichever the kernel chooses.', example: '192.168.55.11' }),
  min_tx: duration('positive')
    .prefault('300ms')
    .meta({ description: 'The least time between two packets sent.', bounds: '10ms to 60s' }),
  min_rx: duration('positive')
    .prefault('300ms')
    .meta({ description: 'The least time between two packets that it can take.', bounds: '10ms to 60s' }),
  multiplier: whole(1, 255).default(3).meta({
    description: 'How many packets in a row the other end may miss before the session is down.',
    unit: 'packets',
  }),
};

const script = z
  .strictObject(scriptKeys)
  .transform((raw): ScriptConfig => ({ ...raw, timeout: raw.timeout ?? raw.interval }));

const file = z.strictObject(fileKeys).transform((raw): FileConfig => raw);

const watchedProcess = z.strictObject(processKeys).transform((raw): ProcessConfig => raw);

const bfd = z.strictObject(bfdKeys).transform(
  (raw): BfdConfig => ({
    name: raw.name,
    peer: raw.peer,
    ...(raw.source !== undefined && { source: raw.source }),
    minTx: raw.min_tx,
    minRx: raw.min_rx,
    multiplier: raw.multiplier,
  }),
);

/** Keys of `vrrp`. */
export const trackedKeys = {
  scripts: z.array(script).default([]).describe('Programs that are run again and again, to be tracked.'),
  processes: z.array(watchedProcess).default([]).describe('Programs that must be running, to be tracked.'),
  files: z.array(file).default([]).describe('Files that hold a number, to be tracked: an operator writes it.'),
  bfd: z.array(bfd).default([]).describe('BFD sessions with other hosts, to be tracked.'),
};
