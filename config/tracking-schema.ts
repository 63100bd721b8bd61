// The keys of tracking: what may be tracked by name, and the `track` of routers and groups.

import { isIP } from 'node:net';
import { z } from 'zod';
import type { BfdConfig, FileConfig, ProcessConfig, ScriptConfig, TrackConfig, TrackedKind } from './tracking-model.ts';
import { trackedKinds } from './tracking-model.ts';
import { milliseconds } from './units.ts';
import { duration, interfaceName, name, whole } from './values.ts';

const weight = () => whole(-253, 253);

/** An address of either family. */
const address = () =>
  z.string().refine((text) => isIP(text) !== 0, { error: 'expected an IP address, such as 192.0.2.1' });

const prefixPattern = /^(?<address>[^/]+)\/(?<length>\d{1,3})$/;

/** The default route, or a prefix of either family as the kernel's table would show it. */
const destination = () =>
  z
    .string()
    .refine(
      (text) => {
        const { address: start = '', length = '' } = prefixPattern.exec(text)?.groups ?? {};
        return text === 'default' || (isIP(start) !== 0 && Number(length) <= (isIP(start) === 4 ? 32 : 128));
      },
      { error: 'expected "default" or a prefix, such as 192.0.2.0/24' },
    )
    .transform((text) => (text === 'default' ? '0.0.0.0/0' : text));

export const trackTimes = {
  preempt_delay: duration('zero').default(milliseconds(0)),
  start_delay: duration('zero').default(milliseconds(0)),
};

export const trackKeys = {
  interface: interfaceName().optional(),
  script: name().optional(),
  process: name().optional(),
  file: name().optional(),
  service: name().optional(),
  route: destination().optional(),
  neighbour: address().optional(),
  bfd: name().optional(),
  weight: weight().optional(),
  down_delay: duration('zero').optional(),
  up_delay: duration('zero').optional(),
} satisfies Record<TrackedKind, z.ZodType> & Record<string, z.ZodType>;

// What the network does it may undo at once: what is back counts after a second, and what is lost at once.
const flapping: readonly TrackedKind[] = ['interface', 'route', 'neighbour'];

const track = z.strictObject(trackKeys).transform((raw, context): TrackConfig => {
  const given = trackedKinds.flatMap((kind) => {
    const named = raw[kind];
    return named === undefined ? [] : [{ kind, name: named }];
  });
  const [item] = given;
  // A misspelt kind is complained of by its name.
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
});

export const trackList = z.array(track).default([]);

export const scriptKeys = {
  name: name(),
  command: z.array(z.string()).min(1),
  interval: duration('positive').default(milliseconds(1000)),
  timeout: duration('positive').optional(),
  rise: whole(1, 1000).default(1),
  fall: whole(1, 1000).default(1),
  weight: weight().default(0),
};

export const processKeys = {
  name: name(),
  process: name(),
  quorum: whole(1, 65_535).default(1),
  weight: weight().default(0),
};

export const fileKeys = { name: name(), path: z.string(), weight: weight().default(1) };

export const bfdKeys = {
  name: name(),
  peer: address(),
  source: address().optional(),
  min_tx: duration('positive').default(milliseconds(300)),
  min_rx: duration('positive').default(milliseconds(300)),
  multiplier: whole(1, 255).default(3),
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
  scripts: z.array(script).default([]),
  processes: z.array(watchedProcess).default([]),
  files: z.array(file).default([]),
  bfd: z.array(bfd).default([]),
};
