// A pair of directors of one's own as the target of a drill, over ssh: read first, watched from the client.

import { formatDuration } from '../../base/units.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { masterDownInterval } from '../../vrrp/election/parameters.ts';
import type { Event } from '../recording/recording.ts';
import type { Applied, Clock, Target } from '../run/target.ts';
import type { Act, Drill } from '../scenario/keys.ts';
import { startClientOn } from './client.ts';
import { jumpClock } from './clock-jump.ts';
import { type Remote, readRemote, routerWith } from './configuration.ts';
import { type RemoteDirector, remoteFaults, type ServerFaults } from './faults.ts';
import { guard } from './guard.ts';
import { createHostClock } from './host-clock.ts';
import { cutPower } from './power-cut.ts';
import { ailmentsOf } from './preflight.ts';
import { notAllowed, remoteRefusal } from './refusal.ts';
import { compareClock, type Reach, runRemote } from './ssh.ts';
import { watchRemotes } from './watch.ts';

export type RemoteOptions = {
  readonly reach: Reach;
  /** As `--on` has it. */
  readonly on: string;
  readonly directors: readonly string[];
  /** Of real servers, if their hosts are reached by the servers' names. */
  readonly serverFaults?: ServerFaults;
  /** The client's host; absent for this one. */
  readonly client: string | undefined;
  readonly drill: Drill;
  /** Whether only faults that the drill's file allows may be made. */
  readonly mustAllow: boolean;
};

/** The longest that a fault may last: the rest of the drill, and a margin. */
const limitOf = ({ steps, abort }: Drill): number =>
  steps.reduce((sum, step) => sum + (step.random?.for ?? step.for), 0) + (abort?.outage ?? 0) + 60_000;

const versionScript = [
  'model=$(sed -n "s/^model name[^:]*: //p" /proc/cpuinfo | head -n 1)',
  '[ -n "$model" ] || model=$(uname -m)',
  'load=$(cut -d" " -f1-3 /proc/loadavg)',
  'echo "regent $(regent --version), $(uname -sr), $(nproc) x $model, load $load"',
].join('\n');

const environmentOf = async (reach: Reach, hosts: readonly string[]): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(hosts.map(async (host) => [host, (await runRemote(reach, host, versionScript)).trim()] as const)),
  );

const directorOf = ({ config }: Remote): RemoteDirector => ({
  interfaces: [...new Set(config.vrrp.routers.map((router) => router.interface))],
  addresses: config.vrrp.routers
    .flatMap(heldAddresses)
    .map((one) => ({ address: one.address, interface: one.interface })),
});

/** How long a failure, and a recovery, of a real server may take to be noticed, in milliseconds. */
const detectionOf = ({ config }: Remote): { readonly detection: number; readonly recovery: number } => {
  const check = config.virtualServices[0]?.checks[0];
  if (check === undefined) return { detection: 0, recovery: 0 };
  const { fall, rise, interval, timeout } = check;
  return { detection: fall * interval + timeout, recovery: rise * interval + timeout };
};

/** The routers with an address, the highest priority first. @throws if only one director has it. */
const routersOf = (remotes: readonly Remote[], address: string) => {
  const found = remotes
    .flatMap((remote) => {
      const router = routerWith(remote, address);
      return router === undefined ? [] : [{ remote, router }];
    })
    .sort((one, other) => other.router.priority - one.router.priority);
  const [, backup] = found;
  if (backup !== undefined) return { found, backup };
  const names = remotes.map(({ host }) => host).join(', ');
  throw new Error(`No two directors of ${names} have a virtual router with ${address}`);
};

/** @throws if a host is not reached, or its configuration is not that of a pair. */
export const openRemotePair = async (options: RemoteOptions): Promise<Target> => {
  const { reach, on, directors, serverFaults, client, drill, mustAllow } = options;
  const remotes = await Promise.all(directors.map((host) => readRemote(reach, host)));
  const clocks: Record<string, Clock> = {};
  for (const host of [...directors, ...(client === undefined ? [] : [client])])
    clocks[host] = await compareClock(reach, host);
  const hostClocks = new Map(directors.map((host) => [host, createHostClock(clocks[host]?.ahead ?? 0)]));
  const ours = (host: string, theirs: number): number => hostClocks.get(host)?.read(theirs, Date.now()) ?? theirs;
  const address = new URL(drill.client.get).hostname.replace(/^\[|\]$/g, '');
  const { found, backup } = routersOf(remotes, address);
  const { advertisementInterval: interval, priority, downAfter } = backup.router;
  const masterDowns = Object.fromEntries(
    found.map(({ remote, router }) => [remote.host, masterDownInterval(router, router.advertisementInterval)]),
  );
  const masterDown = masterDownInterval(backup.router, interval);
  const held = new Map(remotes.map((remote) => [remote.host, directorOf(remote)]));
  const addresses = [...new Set([...held.values()].flatMap((one) => one.addresses.map((each) => each.address)))];
  const realServers = backup.remote.config.virtualServices.flatMap((service) => service.realServers);
  const names = new Map(realServers.map(({ name, endpoint }) => [formatEndpoint(endpoint), name]));
  const serverNames = [...new Set(realServers.map(({ name }) => name))];
  const interfaces = [...new Set([...held.values()].flatMap((one) => one.interfaces))];
  const refusal = remoteRefusal({ directors, serverFaults, servers: serverNames, interfaces, addresses });
  const clientClock = client === undefined ? { ahead: 0, error: 0 } : (clocks[client] ?? { ahead: 0, error: 0 });

  let onEvent: (event: Event) => void = () => {};

  /** What the host had is gone. */
  const tellPowerCut = (host: string, time: number): void => {
    for (const { address: one } of held.get(host)?.addresses ?? [])
      onEvent({ type: 'address', time, by: host, address: one, held: false });
    for (const server of serverNames) onEvent({ type: 'weight', time, by: host, server, weight: null });
  };

  const make = async (act: Act): Promise<Applied> => {
    const onServer = serverFaults?.[act.do];
    const host = onServer === undefined ? (act.director ?? directors[0] ?? '') : (act.server ?? '');
    const own = held.get(host);
    const script = onServer?.(act) ?? (own === undefined ? undefined : remoteFaults[act.do]?.(act, own));
    if (script === undefined) throw new Error(`${act.do} cannot be done on ${host}`);
    const { at, undo } = await guard(reach, host, script, limitOf(drill));
    const isolates = act.do === 'cut' && act.network === undefined && act.direction === undefined;
    return { at: ours(host, at), isolates, undo };
  };

  const apply = async (act: Act): Promise<Applied> => {
    const clock = hostClocks.get(act.director ?? '');
    if (act.do === 'power_cut' && clock !== undefined) {
      const host = act.director ?? '';
      const applied = await cutPower(reach, host, clock);
      tellPowerCut(host, applied.at);
      return applied;
    }
    if (act.do === 'jump_clock' && clock !== undefined)
      return await jumpClock(clock, {
        by: act.by ?? 0,
        make: () => make(act),
        measure: () => compareClock(reach, act.director ?? ''),
      });
    return await make(act);
  };

  return {
    on,
    subject: 'regent',
    directors,
    servers: serverNames,
    routers: backup.remote.config.vrrp.routers.map(({ virtualRouterId }) => virtualRouterId),
    addresses: [address, ...addresses.filter((one) => one !== address)],
    terms: { master_down: masterDown, interval, ...detectionOf(backup.remote) },
    masterDowns,
    formula: `${downAfter} x ${formatDuration(interval)} + ${256 - priority}/256 of it = ${formatDuration(masterDown)}`,
    configurations: remotes.map(({ host, text }) => ({ director: host, text })),
    environment: await environmentOf(reach, directors),
    refusal: mustAllow ? notAllowed(refusal, drill.allow) : refusal,
    apply,
    startClient: (plan) => startClientOn(reach, client, plan),
    clientClock: { hear: () => {}, read: () => clientClock },
    clocks: () => clocks,
    watch: (listener) => {
      onEvent = listener;
      return watchRemotes(
        reach,
        directors.map((host) => ({
          host,
          interfaces: held.get(host)?.interfaces ?? [],
          ours: (theirs: number) => ours(host, theirs),
        })),
        (endpoint) => names.get(endpoint) ?? endpoint,
        onEvent,
      );
    },
    ailments: async () => (await Promise.all(directors.map((host) => ailmentsOf(reach, host)))).flat(),
  };
};
