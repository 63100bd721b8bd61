// The keys that every kind of check has, and their conversion to the model.

import { z } from 'zod';
import type { FlapDamping } from '../model/check-model.ts';
import { duration, ipAddress, whole } from './values.ts';

type Given<Raw> = { [Key in keyof Raw as undefined extends Raw[Key] ? never : Key]: Raw[Key] } & {
  [Key in keyof Raw as undefined extends Raw[Key] ? Key : never]?: Exclude<Raw[Key], undefined>;
};

/** Removes absent keys, so that none is present and undefined. */
export const given = <Raw extends object>(raw: Raw): Given<Raw> =>
  Object.fromEntries(Object.entries(raw).filter(([, content]) => content !== undefined)) as Given<Raw>;

export const flapDampingKeys = {
  falls: whole(2, 100).default(3).meta({ description: 'How often it may go down in that time.', unit: 'falls' }),
  within: duration('positive').prefault('60s').describe('The time in which falls are counted.'),
  hold: duration('positive').prefault('60s').describe('How long it must then go without a failure.'),
};

export const commonKeys = {
  interval: duration('positive').prefault('1s').describe('From one probe to the next.'),
  fast_interval: duration('positive').optional().meta({
    description: 'From one probe to the next while probes contradict the verdict. Without it the interval.',
    example: '200ms',
  }),
  timeout: duration('positive').prefault('500ms').describe('A probe that takes longer has failed.'),
  rise: whole(1, 1000).default(2).meta({
    description: 'Successes in a row that make a failed server healthy. The very first probe decides alone.',
    unit: 'probes',
  }),
  fall: whole(1, 1000).default(3).meta({
    description: 'Failures in a row that make a healthy server failed.',
    unit: 'probes',
  }),
  flap_damping: z
    .strictObject(flapDampingKeys)
    .transform((raw): FlapDamping => raw)
    .optional()
    .describe('A server that keeps going down stays down until it has been well for a while.'),
  address: ipAddress()
    .optional()
    .meta({ description: "Probed instead of the real server's own.", example: '192.168.66.211' }),
  port: whole(1, 65_535).optional().meta({ description: "Probed instead of the real server's own.", example: 8080 }),
  source_address: ipAddress()
    .optional()
    .meta({ description: 'The local address that probes leave from.', example: '192.168.66.11' }),
};

type Common = z.output<z.ZodObject<typeof commonKeys>>;

export const common = (raw: Common) =>
  given({
    interval: raw.interval,
    fastInterval: raw.fast_interval,
    timeout: raw.timeout,
    rise: raw.rise,
    fall: raw.fall,
    flapDamping: raw.flap_damping,
    address: raw.address,
    port: raw.port,
    sourceAddress: raw.source_address,
  });
