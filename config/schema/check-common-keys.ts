// The keys that every kind of check has.

import { optional, withDefault } from './kind.ts';
import { mapping } from './structure.ts';
import { duration, hostAddress, whole } from './values.ts';

const flapDampingKeys = {
  falls: withDefault(whole(2, 100), 3, 'After how many falls within that time it is held down.', { unit: 'falls' }),
  within: withDefault(duration('positive'), '60s', 'The time in which falls are counted.'),
  hold: withDefault(duration('positive'), '60s', 'How long it must then have no failure.'),
};

export const commonKeys = {
  interval: withDefault(duration('positive'), '1s', 'From one probe to the next.'),
  fast_interval: optional(
    duration('positive'),
    'From one probe to the next while probes contradict the verdict. Without it the interval.',
    { example: '200ms' },
  ),
  timeout: withDefault(duration('positive'), '500ms', 'A probe that takes longer has failed.'),
  rise: withDefault(
    whole(1, 1000),
    2,
    'Successes in a row that make a failed server healthy. The first probe of all decides alone.',
    { unit: 'probes' },
  ),
  fall: withDefault(whole(1, 1000), 3, 'Failures in a row that make a healthy server failed.', { unit: 'probes' }),
  flap_damping: optional(
    mapping(flapDampingKeys),
    'A flapping server stays down until it has been healthy for a while.',
  ),
  address: optional(hostAddress(), "Probed instead of the real server's own.", { example: '192.168.66.211' }),
  port: optional(whole(1, 65_535), "Probed instead of the real server's own.", { example: 8080 }),
  source_address: optional(hostAddress(), 'The source address of probes.', { example: '192.168.66.11' }),
};
