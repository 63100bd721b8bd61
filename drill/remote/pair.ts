// A pair of directors of one's own as the target of a drill, over ssh: examined first, watched from the client.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatDuration } from '../../base/units.ts';
import type { DirectorConfig, RouterConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { parseConfig } from '../../config/source/load.ts';
import { formatProblems } from '../../config/source/problem.ts';
import { masterDownInterval } from '../../vrrp/election/election.ts';
import type { ClientPlan } from '../client/batch.ts';
import type { Event } from '../recording/recording.ts';
import type { Clock, Target } from '../run/target.ts';
import type { Drill } from '../scenario/keys.ts';
import type { Refusal } from '../scenario/rules.ts';
import { type RemoteDirector, remoteFaults, whyNot } from './faults.ts';
import { guard } from './guard.ts';
import { compareClock, quote, runRemote, startRemote } from './ssh.ts';

const configurationFile = '/etc/regent/regent.yaml';

/** Why a fault cannot, or may not, be made on these hosts; undefined if it can. */
export const remoteRefusal =
  (hosts: readonly string[]): Refusal =>
  ({ do: what, director }) => {
    if (what === 'mend' || what === 'wait' || what === 'thaw') return undefined;
    if (director !== undefined && !hosts.includes(director)) return `there is no ${director}, only ${hosts.join(', ')}`;
    return whyNot[what] ?? (remoteFaults[what] === undefined ? 'it is not known how' : undefined);
  };

/** Faults that the drill's file does not allow on an own pair. */
export const notAllowed =
  (refusal: Refusal, allow: Drill['allow']): Refusal =>
  (act) => {
    const isHarmless = act.do === 'mend' || act.do === 'wait' || act.do === 'thaw';
    if (isHarmless || allow?.includes(act.do)) return refusal(act);
    return refusal(act) ?? `on an own pair it must be listed: allow: [${[...(allow ?? []), act.do].join(', ')}]`;
  };

type Remote = { readonly host: string; readonly text: string; readonly config: DirectorConfig };

const readRemote = async (host: string): Promise<Remote> => {
  const text = await runRemote(host, `cat ${configurationFile}`);
  const parsed = parseConfig(text, `${host}:${configurationFile}`);
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems, parsed.more));
  return { host, text, config: parsed.config };
};

const routerWith = ({ config }: Remote, address: string): RouterConfig | undefined =>
  config.vrrp.routers.find((router) => heldAddresses(router).some((held) => held.address === address));

/** What is wrong with a director, in its own words. */
const ailmentsOf = async (host: string): Promise<readonly string[]> => {
  const lines = (await runRemote(host, 'regent health 2>&1 || true')).trim().split('\n');
  return lines.filter((line) => line !== 'well').map((line) => `${host}: ${line}`);
};

/** The doctor's findings that are no hints, as lines. */
const examine = async (host: string): Promise<readonly string[]> => {
  const said = await runRemote(host, `regent doctor -c ${configurationFile} --json || true`);
  const { findings = [] } = JSON.parse(said) as {
    findings?: readonly { severity: string; message?: string; code: string }[];
  };
  return findings
    .filter(({ severity }) => severity !== 'hint')
    .map(({ code, message }) => `${host}: ${message ?? code}`);
};

/** What the operator is told before the question. @throws if a host is not reached. */
export const preflight = async (hosts: readonly string[], client: string | undefined): Promise<readonly string[]> => {
  const clocks = await Promise.all(
    [...hosts, ...(client === undefined ? [] : [client])].map(async (host) => {
      const { ahead, error } = await compareClock(host);
      return `clock of ${host}: ${ahead.toFixed(1)} ms ahead, ± ${error.toFixed(1)} ms`;
    }),
  );
  const found = (
    await Promise.all(hosts.map(async (host) => [...(await examine(host)), ...(await ailmentsOf(host))]))
  ).flat();
  return [...clocks, ...(found.length === 0 ? ['doctor and health: nothing found'] : found)];
};

/** One line of `ip -ts -o monitor address`, or of `ip -o address`. */
const addressEvent = (line: string, by: string, ahead: number): Event | undefined => {
  const [, stamp, deleted, address] = /^(?:\[(\S+)\] )?(Deleted )?\d+: \S+\s+inet6? ([\dA-Fa-f.:]+)\//.exec(line) ?? [];
  if (address === undefined) return undefined;
  const time = stamp === undefined ? Date.now() : Date.parse(`${stamp.slice(0, 23)}Z`) - ahead;
  const lease = /valid_lft (\d+)sec/.exec(line)?.[1];
  const held = deleted === undefined;
  return {
    type: 'address',
    time,
    by,
    address,
    held,
    ...(held && lease !== undefined && { lease: Number(lease) * 1000 }),
  };
};

const logEvent = (line: string, by: string, ahead: number): Event | undefined => {
  try {
    const { timestamp, level, message } = JSON.parse(line) as { timestamp: string; level: string; message: string };
    return { type: 'log', time: Date.parse(timestamp) - ahead, by, level, message };
  } catch {
    return undefined;
  }
};

const clientProgram = fileURLToPath(new URL('../client/client.js', import.meta.url));

/** Starts the client on a host, or here, where only Node must be. */
export const startClientOn = (host: string | undefined, plan: ClientPlan): ChildProcess => {
  const json = JSON.stringify(plan);
  if (host === undefined)
    return spawn(process.execPath, [clientProgram, json], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const code = readFileSync(clientProgram, 'utf8');
  // Where regent's package brought its own Node.
  const path = 'PATH=$PATH:/usr/local/bin:/usr/lib/regent/bin';
  return startRemote(host, `${path} exec node --input-type=module -e ${quote(code)} -- ${quote(json)}`);
};

export type RemoteOptions = {
  readonly directors: readonly string[];
  /** The client's host; absent for this one. */
  readonly client: string | undefined;
  readonly drill: Drill;
};

/** The longest that a fault may last: the rest of the drill, and a margin. */
const limitOf = ({ steps, abort }: Drill): number =>
  steps.reduce((sum, step) => sum + (step.random?.for ?? step.for), 0) + (abort?.outage ?? 0) + 60_000;

/** @throws if a host is not reached, or its configuration is not that of a pair. */
export const openRemotePair = async ({ directors, client, drill }: RemoteOptions): Promise<Target> => {
  const remotes = await Promise.all(directors.map(readRemote));
  const clocks: Record<string, Clock> = {};
  for (const host of [...directors, ...(client === undefined ? [] : [client])]) clocks[host] = await compareClock(host);
  const address = new URL(drill.client.get).hostname.replace(/^\[|\]$/g, '');
  const byPriority = remotes
    .flatMap((remote) => {
      const router = routerWith(remote, address);
      return router === undefined ? [] : [{ remote, router }];
    })
    .sort((one, other) => other.router.priority - one.router.priority);
  const [, backup] = byPriority;
  if (backup === undefined)
    throw new Error(`No two directors of ${directors.join(', ')} have a virtual router with ${address}`);
  const { advertisementInterval: interval, priority, downAfter } = backup.router;
  const masterDown = masterDownInterval(backup.router, interval);
  const check = backup.remote.config.virtualServices[0]?.checks[0];
  const spans =
    check === undefined
      ? { detection: 0, recovery: 0 }
      : {
          detection: check.fall * check.interval + check.timeout,
          recovery: check.rise * check.interval + check.timeout,
        };
  const held = remotes.map(({ host, config }) => ({
    host,
    director: {
      interfaces: [...new Set(config.vrrp.routers.map((router) => router.interface))],
      addresses: config.vrrp.routers
        .flatMap(heldAddresses)
        .map((one) => ({ address: one.address, interface: one.interface })),
    } satisfies RemoteDirector,
  }));
  const aheadOf = (host: string): number => clocks[host]?.ahead ?? 0;
  const others = [...new Set(held.flatMap(({ director }) => director.addresses.map((one) => one.address)))];
  const clientClock = client === undefined ? { ahead: 0, error: 0 } : (clocks[client] ?? { ahead: 0, error: 0 });
  return {
    on: directors.map((host) => `ssh:${host}`).join(','),
    subject: 'regent',
    directors,
    servers: backup.remote.config.virtualServices.flatMap(({ realServers }) => realServers.map(({ name }) => name)),
    routers: backup.remote.config.vrrp.routers.map(({ virtualRouterId }) => virtualRouterId),
    addresses: [address, ...others.filter((one) => one !== address)],
    terms: { master_down: masterDown, interval, ...spans },
    formula: `${downAfter} x ${formatDuration(interval)} + ${256 - priority}/256 of it = ${formatDuration(masterDown)}`,
    configurations: remotes.map(({ host, text }) => ({ director: host, text })),
    environment: Object.fromEntries(
      await Promise.all(
        directors.map(
          async (host) =>
            [
              host,
              (
                await runRemote(
                  host,
                  'echo "regent $(regent --version), $(uname -sr), $(nproc) processors, load $(cut -d" " -f1-3 /proc/loadavg)"',
                )
              ).trim(),
            ] as const,
        ),
      ),
    ),
    refusal: notAllowed(remoteRefusal(directors), drill.allow),
    apply: async (act) => {
      const host = act.director ?? directors[0] ?? '';
      const make = remoteFaults[act.do];
      const own = held.find((one) => one.host === host);
      if (make === undefined || own === undefined) throw new Error(`${act.do} cannot be done on ${host}`);
      const { at, undo } = await guard(host, make(act, own.director), limitOf(drill));
      const isolates = act.do === 'cut' && act.network === undefined && act.direction === undefined;
      return { at: at - aheadOf(host), isolates, undo };
    },
    startClient: (plan) => startClientOn(client, plan),
    clientClock: { hear: () => {}, read: () => clientClock },
    clocks: () => clocks,
    watch: async (onEvent) => {
      const children = directors.flatMap((host) => {
        const follow = (script: string, parse: typeof addressEvent): ChildProcess => {
          const child = startRemote(host, script);
          child.stderr?.resume();
          child.on('error', () => {});
          if (child.stdout !== null)
            createInterface({ input: child.stdout }).on('line', (line) => {
              const event = parse(line, host, aheadOf(host));
              if (event !== undefined) onEvent(event);
            });
          return child;
        };
        // What it starts ends with the connection.
        const untilClosed = (command: string): string => `${command} &\nchild=$!\nread -r _\nkill $child`;
        return [
          follow(`ip -o address\n${untilClosed('TZ=UTC ip -ts -o monitor address')}`, addressEvent),
          follow(untilClosed('regent events --follow --json'), logEvent),
        ];
      });
      return async () => {
        for (const child of children) child.stdin?.end('\n');
      };
    },
    ailments: async () => (await Promise.all(directors.map(ailmentsOf))).flat(),
  };
};
