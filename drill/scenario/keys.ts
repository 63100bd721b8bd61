// The keys of a drill's file, declared as those of configurations are.

import { type Made, optional, required, withDefault } from '../../config/schema/kind.ts';
import { list, mapping } from '../../config/schema/structure.ts';
import { choice, duration, flag, ipAddress, name, text, whole } from '../../config/schema/values.ts';
import { configurationPart } from './configuration.ts';
import { faultNames, flapEvery } from './faults.ts';
import { bound, jump, network, rate, share, url } from './values.ts';

/** What is expected of a span of time. */
const expectation = mapping({
  outage: optional(
    bound(['time']),
    'How long no request succeeds, from the fault to the first request after the last failure.',
  ),
  failed: optional(bound(['count', 'percent']), 'Requests that fail.'),
  p50: optional(bound(['time']), 'Median latency of the requests that succeed.'),
  p90: optional(bound(['time']), 'Latency that 90 % of them stay within.'),
  p99: optional(bound(['time']), 'Latency that 99 % of them stay within.'),
  max: optional(bound(['time']), 'The slowest of them.'),
  holders: optional(bound(['count'], '='), 'Directors that hold each virtual address at the end of the step.'),
  holder: optional(name(), 'The director that alone holds each virtual address at the end of the step.'),
  servers: optional(
    list(name(), 1),
    'Real servers that answer in the last second of the step: all of these, and no other.',
  ),
  unheld: optional(bound(['time']), 'How long an address had no holder.'),
  doubled: optional(bound(['time']), 'How long an address had two holders.'),
  established: optional(
    choice(['kept', 'lost']),
    'Whether all connections that were open go on; lost: whether none hangs.',
  ),
});

const stepKeys = {
  do: required(choice(faultNames), 'What is done.'),
  director: optional(name(), 'The director it is done to.'),
  server: optional(name(), 'The real server it is done to.'),
  network: optional(network(), 'One network only: 55 or 66 in the lab, an interface of an own pair.'),
  direction: optional(choice(['in', 'out']), 'One direction only, as the director sees it.'),
  loss: optional(share(), 'Share of the frames that are lost.'),
  delay: optional(duration('positive'), 'By how much.'),
  process: optional(choice(['controller', 'vrrp', 'healthcheck']), 'Which process.'),
  every: optional(duration('positive'), `How often a flap changes its state. Without it ${flapEvery / 1000}s.`),
  router: optional(whole(1, 255), 'Virtual router id of the rogue.'),
  priority: optional(whole(1, 255), 'Priority of the rogue.'),
  address: optional(ipAddress(), 'The address. Without it the address that the client asks for.'),
  by: optional(jump(), 'How far the clock is set.'),
};

/** One fault of several at once. */
const act = mapping(stepKeys);

const step = mapping(
  {
    ...stepKeys,
    do: optional(choice(faultNames), 'What is done.'),
    together: optional(list(act, 1), 'Several at once.'),
    random: optional(
      mapping({
        seed: required(whole(0, 4_294_967_295), 'The same seed makes the same faults at the same moments.'),
        for: required(duration('positive'), 'How long.'),
        every: withDefault(duration('positive'), '5s', 'Mean time between two faults.'),
        faults: optional(list(choice(faultNames), 1), 'What may be done.'),
      }),
      'Chaos: faults by a seed, each undone after a while.',
    ),
    for: withDefault(
      duration('zero'),
      '2s',
      'How long it is watched before the next step. What it did stays until mend, or the end.',
    ),
    expect: optional(expectation, 'What must hold meanwhile.'),
  },
  { oneOf: { keys: ['do', 'together', 'random'], message: 'expected exactly one of do, together and random' } },
);

const engine = choice(['bird', 'frr']);

/** Directors that announce the same addresses at once. */
const fleet = mapping({
  directors: withDefault(
    list(engine, 1),
    ['bird', 'frr', 'bird'],
    'The routing daemon of each director; they are named lb0, lb1 and so on.',
  ),
  router: withDefault(engine, 'bird', 'The routing daemon of the router.'),
  servers: withDefault(whole(1, 50), 3, 'How many real servers; they are named rs0, rs1 and so on.'),
  lease: withDefault(duration('positive'), '3s', 'Lifetime of the anycast addresses, in whole seconds.'),
  hold_time: withDefault(duration('positive'), '6s', "Of the router's sessions, in whole seconds, 3s at least."),
  drain: withDefault(duration('positive'), '5s', 'How long a director that is handed over or halted serves on.'),
  bfd: withDefault(flag(), false, 'Whether directors and router watch each other by BFD.'),
});

export const drillKeys = mapping({
  drill: required(name(), 'Its name.'),
  hypothesis: optional(text(1, 400), 'What it is to show, in a sentence.'),
  fleet: optional(fleet, "The lab's fleet behind a router instead of its pair."),
  configuration: optional(
    configurationPart(),
    "Merged into the configurations of the lab's pair: mappings key by key, all else replaced.",
  ),
  client: required(
    mapping({
      get: required(url(), 'What is asked for, each time on a new connection.'),
      rate: withDefault(rate(), '50/s', 'Requests a second, whatever happened to earlier ones.'),
      timeout: withDefault(duration('positive'), '1s', 'Until a request without a connection is given up.'),
      answer_timeout: withDefault(duration('positive'), '5s', 'Until a request without an answer is given up.'),
      established: withDefault(whole(0, 500), 0, 'Connections that are kept open and used all the time.'),
      downloads: withDefault(whole(0, 50), 0, 'Downloads without end, kept open.'),
      download: withDefault(name(), 'download', 'Path of the download, below /.'),
    }),
    'The client.',
  ),
  steady: withDefault(
    mapping({
      for: withDefault(duration('positive'), '3s', 'How long.'),
      expect: withDefault(expectation, { failed: 0 }, 'What must hold.'),
    }),
    {},
    'The steady state. Without it the drill does not begin.',
  ),
  steps: required(list(step, 1), 'One after the other.'),
  abort: optional(
    mapping({
      outage: required(duration('positive'), 'Undo everything once no request has succeeded for this long.'),
    }),
    'When everything is undone at once.',
  ),
  allow: optional(list(choice(faultNames), 1), 'Faults that may be made on an own pair; others are refused there.'),
});

export type Drill = Made<typeof drillKeys>;
export type FleetWish = NonNullable<Drill['fleet']>;
export type Step = Drill['steps'][number];
export type Act = Made<typeof act>;
export type Expectation = Made<typeof expectation>;
