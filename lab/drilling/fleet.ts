// A fleet in namespaces as the target of a drill. A director holds an address while the router sends packets for it there.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { weightChanges, weightsIn } from '../../drill/capture/ipvs-table.ts';
import type { Event } from '../../drill/recording/recording.ts';
import type { Target } from '../../drill/run/target.ts';
import type { FleetWish } from '../../drill/scenario/keys.ts';
import { type Fleet, setUpFleet } from '../anycast/fleet.ts';
import {
  client,
  directorsOf,
  type FleetPlan,
  fabricAddresses,
  router,
  serversOf,
  servicePort,
  virtualAddresses,
} from '../anycast/plan.ts';
import { hostEnvironment } from './environment.ts';
import { applyToFleet, canDo } from './fleet-faults.ts';
import { logEventOf } from './sightings.ts';

const weightsEvery = 1000;

/** The lab's checks: every second, after a second without an answer, three failures. */
const detection = { detection: 4000, recovery: 2000 } as const;

/** The lab's fleet as a drill's file wants it. */
export const planOf = ({ directors, router: daemon, servers, lease, holdTime, drain, bfd }: FleetWish): FleetPlan => ({
  directors,
  router: daemon,
  servers,
  lease: lease / 1000,
  holdTime: holdTime / 1000,
  drain: drain / 1000,
  bfd,
});

/** Why a fault cannot be made on a fleet; undefined if it can. */
export const fleetRefusal =
  (plan: FleetPlan): Target['refusal'] =>
  ({ do: what, director, server, address, network, direction }) => {
    const known = (name: string | undefined, names: readonly string[], kind: string): string | undefined =>
      name === undefined || names.includes(name) ? undefined : `there is no ${kind} ${name}, only ${names.join(', ')}`;
    if (!canDo(what)) return 'a fleet of the lab cannot do it';
    if (network !== undefined || direction !== undefined)
      return 'its directors have one network, cut in both directions';
    return (
      known(director, directorsOf(plan), 'director') ??
      known(server, serversOf(plan), 'server') ??
      known(address, virtualAddresses, 'virtual address')
    );
  };

/** Names the servers of IPv4, as clients know them. */
const namesOf = (plan: FleetPlan) => {
  const names = new Map(serversOf(plan).map((name) => [`${fabricAddresses(name)[0]}:${servicePort}`, name]));
  return (endpoint: string): string => names.get(endpoint) ?? endpoint;
};

type Holders = ReadonlyMap<string, ReadonlySet<string>>;

const holdersNow = async ({ nextHops }: Fleet): Promise<Holders> => {
  const hops = await nextHops();
  return new Map(virtualAddresses.map((address, index) => [address, new Set(hops[index])]));
};

const changesOf = (before: Holders, after: Holders, time: number): Event[] =>
  [...after].flatMap(([address, now]) => {
    const was = before.get(address) ?? new Set();
    const changed = [...new Set([...was, ...now])].filter((by) => was.has(by) !== now.has(by));
    return changed.map((by): Event => ({ type: 'address', time, by, address, held: now.has(by) }));
  });

/** How often the router is asked again, a tenth of a second later each time, before its next change is waited for. */
const mostUnanswered = 50;

/** Reports who the router sends to: by its kernel's own notifications of routes. @returns what ends that */
const watchRoutes = async (fleet: Fleet, onEvent: (event: Event) => void): Promise<() => Promise<void>> => {
  const monitors: ChildProcess[] = ['-4', '-6'].map((family) =>
    fleet.hosts.start(router, ['ip', family, 'monitor', 'route'], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  let known: Holders = new Map();
  /** When the first change came that was not looked at yet. */
  let changedAt: number | undefined = Date.now();
  let looking: Promise<void> | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    let unanswered = 0;
    while (changedAt !== undefined) {
      const time = changedAt;
      changedAt = undefined;
      const now = await holdersNow(fleet).catch(() => undefined);
      if (now === undefined) {
        // The router could not be asked; the change is still to be seen.
        changedAt ??= time;
        unanswered += 1;
        if (isOver || unanswered > mostUnanswered) return;
        await sleep(100);
        continue;
      }
      for (const event of changesOf(known, now, time)) onEvent(event);
      known = now;
    }
  };
  const follow = (): void => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };
  for (const { stdout } of monitors)
    if (stdout !== null)
      createInterface({ input: stdout }).on('line', () => {
        changedAt ??= Date.now();
        follow();
      });
  follow();
  await looking;
  return async () => {
    isOver = true;
    for (const monitor of monitors) monitor.kill('SIGKILL');
    await looking;
  };
};

/**
 * Sets up a fleet of the lab.
 * @param prefix of all names in the lab; see teardown.ts.
 * @param onStart is called for what happens before and between runs.
 * @throws if a part of it fails; call `tearDown(prefix)` then, as always.
 */
export const openFleetTarget = async (
  prefix: string,
  plan: FleetPlan,
  onStart: (event: Event) => void,
): Promise<Target> => {
  let onEvent = onStart;
  const fleet = await setUpFleet(prefix, plan, (line, name) => onEvent(logEventOf(line, name)));
  const { hosts } = fleet;
  const nameOf = namesOf(plan);
  const directors = directorsOf(plan);
  const sameClock = { ahead: 0, error: 0 };
  const weightsOf = async (director: string): Promise<ReadonlyMap<string, number>> =>
    weightsIn(await hosts.run(director, ['cat', '/proc/net/ip_vs']), nameOf);

  const watchWeights = (): (() => Promise<void>) => {
    const known = new Map<string, ReadonlyMap<string, number>>();
    let isEnded = false;
    const look = async (): Promise<void> => {
      for (const director of directors) {
        const weights = await weightsOf(director);
        for (const { server, weight } of weightChanges(known.get(director) ?? new Map(), weights))
          if (serversOf(plan).includes(server))
            onEvent({ type: 'weight', time: Date.now(), by: director, server, weight });
        known.set(director, weights);
      }
    };
    const watching = (async () => {
      while (!isEnded) {
        await look().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, weightsEvery));
      }
    })();
    return async () => {
      isEnded = true;
      await watching;
    };
  };

  return {
    on: 'namespaces',
    subject: 'regent',
    directors,
    servers: serversOf(plan),
    routers: [],
    addresses: virtualAddresses,
    terms: { ...detection, master_down: 0, interval: 0 },
    masterDowns: {},
    formula: '',
    configurations: fleet.directors.map(({ name, configuration }) => ({
      director: name,
      text: readFileSync(configuration, 'utf8'),
    })),
    environment: {
      ...hostEnvironment(),
      fleet: `${directors.map((name, index) => `${name} ${plan.directors[index]}`).join(', ')}; ${router} ${plan.router}`,
    },
    refusal: fleetRefusal(plan),
    apply: (act) => applyToFleet(act, fleet),
    startClient: (wish) =>
      hosts.start(client, [...fleet.program('../drill/client/client'), JSON.stringify(wish)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    clientClock: { hear: () => {}, read: () => sameClock },
    clocks: () => Object.fromEntries([...directors, client].map((host) => [host, sameClock])),
    watch: async (listener) => {
      onEvent = listener;
      const stopRoutes = await watchRoutes(fleet, (event) => onEvent(event));
      const stopWeights = watchWeights();
      return async () => {
        await Promise.all([stopRoutes(), stopWeights()]);
        onEvent = onStart;
      };
    },
    ailments: async () => {
      const holders = await holdersNow(fleet);
      const unrouted = [...holders].flatMap(([address, by]) =>
        directors.filter((name) => !by.has(name)).map((name) => `the router does not send ${address} to ${name}`),
      );
      const tables = await Promise.all(
        directors.map(async (name) => {
          const weights = await weightsOf(name);
          const missing = serversOf(plan).filter((server) => (weights.get(server) ?? 0) === 0);
          return missing.map((server) => `${server} has no weight on ${name}`);
        }),
      );
      return [...unrouted, ...tables.flat()];
    },
  };
};
