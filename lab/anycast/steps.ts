// The steps of the fleet's drill: each takes a director or a server away under established connections, and brings it back.

import { type Judge, type Step, until } from '../drill.ts';
import type { Check } from '../inspection.ts';
import type { Prober } from '../prober.ts';
import type { Connections, Round } from './connections.ts';
import type { Fleet, FleetDirector } from './fleet.ts';
import { directorsOf, router, virtualAddresses } from './plan.ts';

export type FleetScene = Fleet & {
  readonly connections: Connections;
  /** How many are opened. */
  readonly count: number;
  /** Prints a block of text within the log. */
  readonly show: (text: string) => void;
  readonly prober?: Prober;
};

/** Until regent, its checks and all sessions are up, on a busy processor; in milliseconds. */
const bootLimit = 180_000;
/** Until the router's routes follow: the longest is the hold time, after a lease. */
const routeLimit = 120_000;
/** Each look starts a program: on a busy processor looks would take it all. */
const lookEvery = 200;
/** Until all connections are open. */
const openLimit = 300_000;
/** TCP waits ever longer between retransmissions of what an outage lost. */
const roundLimit = 60_000;

const isSame = (left: readonly string[], right: readonly string[]): boolean => left.join() === right.join();

/** Waits until the router sends packets to exactly these directors, for each address. */
const routedTo = async ({ nextHops }: Fleet, names: readonly string[], limit: number): Promise<Check> => {
  const began = performance.now();
  let seen: readonly (readonly string[])[] = [];
  const held = await until(
    async () => {
      seen = await nextHops();
      return seen.every((hops) => isSame(hops, names));
    },
    limit,
    lookEvery,
  );
  const took = Math.round(performance.now() - began);
  const found = held ? names.join(', ') || 'no director' : seen.map((hops) => hops.join(', ') || 'none').join(' | ');
  return { held, text: `the router sends to ${found} after ${took} ms` };
};

/** The router's routes by the command of its own daemon. */
const showRoutes = async ({ hosts, router: { show, type }, show: print }: FleetScene): Promise<void> => {
  const [four, six] = virtualAddresses;
  const commands =
    type === 'bird'
      ? [`show route for ${four}`, `show route for ${six}`]
      : [`show ip route ${four}/32`, `show ipv6 route ${six}/128`];
  for (const command of commands) {
    const line = show(command);
    print(`${router}# ${line.join(' ')}\n${(await hosts.run(router, line)).trimEnd()}`);
  }
};

const endsOf = ({ ended }: Round): string =>
  Object.entries(ended)
    .map(([why, times]) => `${times} x ${why}`)
    .join(', ');

/** Whether every connection that was there before was answered, by the server that it is established with. */
const kept = (before: Round, after: Round): Check => {
  const lost = before.answered - after.answered;
  const detail = [
    ...(after.silent > 0 ? [`${after.silent} silent`] : []),
    ...(after.moved > before.moved ? [`${after.moved - before.moved} at another server`] : []),
    ...(lost > after.silent ? [`ended since the start: ${endsOf(after)}`] : []),
  ];
  return {
    held: lost <= 0 && after.moved === before.moved,
    text: [`${after.answered} of ${before.answered} connections kept`, ...detail].join('; '),
  };
};

const slowest = ({ took }: Round): Check => ({ held: true, text: `the slowest answer meanwhile took ${took} ms` });

/** How many connections each director has in its table, and each server holds. */
const spread = async ({ hosts, plan, show }: FleetScene, { servers }: Round): Promise<void> => {
  const lines = await Promise.all(
    directorsOf(plan).map(async (name) => {
      const text = await hosts.run(name, ['sh', '-c', 'grep -c ESTABLISHED /proc/net/ip_vs_conn || true']);
      return `${name}: ${text.trim()} established connections in its table`;
    }),
  );
  const held = Object.entries(servers).map(([name, times]) => `${name}: ${times} connections`);
  show([...lines, ...held].join('\n'));
};

type Event = {
  readonly name: string;
  readonly expected: string;
  readonly act: (scene: FleetScene, director: FleetDirector) => Promise<unknown>;
  /** The directors that the router sends to afterwards, of all. */
  readonly left: (names: readonly string[]) => readonly string[];
  /** Its index. */
  readonly director: number;
  /** The act lasts until the addresses are released, and the router has left the director before. */
  readonly drains?: true;
};

/** An event, with a question on each connection while it happens and another afterwards. */
const underConnections = ({ name, expected, act, left, director, drains }: Event): Step<FleetScene> => ({
  name,
  expected,
  act: async (scene): Promise<Judge> => {
    const target = scene.directors[director];
    if (target === undefined) throw new Error(`There is no director ${director}`);
    const before = await scene.connections.ask(roundLimit);
    let isOver = false;
    const failure = act(scene, target)
      .then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      .finally(() => {
        isOver = true;
      });
    const meanwhile = scene.connections.ask(roundLimit);
    const routes = await routedTo(scene, left(directorsOf(scene.plan)), routeLimit);
    const order = drains ? [{ held: !isOver, text: 'while it still served' }] : [];
    await showRoutes(scene);
    const during = await meanwhile;
    const failed = await failure;
    if (failed !== undefined) throw failed.error;
    const after = await scene.connections.ask(roundLimit);
    return () => ({ checks: [routes, ...order, slowest(during), kept(before, after)] });
  },
});

const without =
  (index: number) =>
  (names: readonly string[]): readonly string[] =>
    names.filter((_, position) => position !== index);
const all = (names: readonly string[]): readonly string[] => names;

const begin: Step<FleetScene> = {
  name: 'All directors announce',
  expected: 'the router sends to every director, for both families',
  act: async (scene) => {
    const routes = await routedTo(scene, directorsOf(scene.plan), bootLimit);
    await showRoutes(scene);
    return () => ({ checks: [routes] });
  },
};

const openAll: Step<FleetScene> = {
  name: 'Open connections that stay',
  expected: 'each is answered, and every director and server has its share',
  act: async (scene) => {
    const first = await scene.connections.ask(openLimit);
    await spread(scene, first);
    const servers = Object.keys(first.servers).length;
    return () => ({
      checks: [
        { held: first.answered === scene.count, text: `${first.answered} of ${scene.count} answered` },
        { held: servers === scene.plan.servers, text: `by ${servers} servers` },
      ],
    });
  },
};

/** Events by what they do to a director, and how each is undone. @param director its index */
export const fleetEvents = {
  handover: (director: number): readonly Step<FleetScene>[] => [
    underConnections({
      name: `lb${director} is handed over`,
      expected: 'withdrawn at once and served until its drain has ended, every connection kept',
      act: (_, { command }) => command('handover'),
      left: without(director),
      director,
      drains: true,
    }),
    underConnections({
      name: `lb${director} resumes`,
      expected: 'announced again, every connection kept',
      act: (_, { command }) => command('resume'),
      left: all,
      director,
    }),
  ],
  kill: (director: number): readonly Step<FleetScene>[] => [
    underConnections({
      name: `regent on lb${director} is killed`,
      expected: 'withdrawn when its lease ends, every connection kept',
      act: async (_, { signal }) => signal('SIGKILL'),
      left: without(director),
      director,
    }),
    underConnections({
      name: `lb${director} is started again`,
      expected: 'announced again, every connection kept',
      act: (_, { start }) => start(),
      left: all,
      director,
    }),
  ],
  freeze: (director: number): readonly Step<FleetScene>[] => [
    underConnections({
      name: `regent on lb${director} freezes`,
      expected: 'withdrawn when its lease ends, every connection kept',
      act: async (_, { signal }) => signal('SIGSTOP'),
      left: without(director),
      director,
    }),
    underConnections({
      name: `lb${director} thaws`,
      expected: 'announced again, every connection kept',
      act: async (_, { signal }) => signal('SIGCONT'),
      left: all,
      director,
    }),
  ],
  killEngine: (director: number): readonly Step<FleetScene>[] => [
    underConnections({
      name: `the routing daemon of lb${director} is killed`,
      expected: 'withdrawn at once, since its session closes; every connection kept',
      act: (_, { engine }) => engine.signal('SIGKILL'),
      left: without(director),
      director,
    }),
    underConnections({
      name: `the routing daemon of lb${director} is started again`,
      expected: 'announced again, every connection kept',
      act: (_, { engine }) => engine.start(),
      left: all,
      director,
    }),
  ],
  cut: (director: number): readonly Step<FleetScene>[] => [
    underConnections({
      name: `lb${director} is cut off`,
      expected: 'withdrawn when its hold time ends; connections wait until then, every one kept',
      act: ({ hosts }, { name }) => hosts.cut(name),
      left: without(director),
      director,
    }),
    underConnections({
      name: `lb${director} is back`,
      expected: 'announced again, every connection kept',
      act: ({ hosts }, { name }) => hosts.mend(name),
      left: all,
      director,
    }),
  ],
};

const drainServer = (director: number): readonly Step<FleetScene>[] => [
  underConnections({
    name: 'rs1 is drained on all directors',
    expected: 'no new connection to it, every established one kept',
    act: async (_, { command }) => {
      await command('drain', 'rs1');
      await command('drain', 'rs1v6');
    },
    left: all,
    director,
  }),
  underConnections({
    name: 'rs1 serves again',
    expected: 'every connection kept',
    act: async (_, { command }) => {
      await command('undrain', 'rs1');
      await command('undrain', 'rs1v6');
    },
    left: all,
    director,
  }),
];

/** The whole course. */
export const fleetSteps = (): readonly Step<FleetScene>[] => {
  const { handover, kill, freeze, killEngine, cut } = fleetEvents;
  return [begin, openAll, ...handover(1), ...kill(0), ...freeze(2), ...killEngine(1), ...cut(0), ...drainServer(2)];
};

export const openingSteps: readonly Step<FleetScene>[] = [begin, openAll];
