// What is known of the real servers: verdicts of their checks, and what operators commanded. The IPVS table and the status ask here.

import { unreachable } from '../../base/unreachable.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { FromHealthcheck, Health, ProbeResult, Target } from '../../healthcheck/messages.ts';
import type { Log } from '../log/log.ts';
import type { Commands } from '../operator/commands.ts';
import type { ServerStanding } from './service-judgement.ts';
import { joinStandings, planTargets, type TargetPlan } from './targets.ts';

/** What the probes say of a server, all its checks together. */
export type Observation = {
  readonly health: Health;
  readonly reason: string;
  /** Wall time of the verdict, milliseconds since the epoch. */
  readonly since: number;
  /** The latest probe; of several the one that failed. */
  readonly probe?: ProbeResult;
};

type Verdict = Extract<FromHealthcheck, { readonly type: 'verdict' }>;
type Known = {
  readonly health: Health;
  readonly reason: string;
  readonly since: number;
  readonly weight?: number;
  readonly probe?: ProbeResult;
};

export type RealServers = {
  readonly targets: () => readonly Target[];
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly observationOf: (service: VirtualServiceConfig, server: RealServerConfig) => Observation;
  /** @returns whether a verdict has changed. */
  readonly hear: (message: FromHealthcheck) => boolean;
  /** Which services know a target, and under which name. */
  readonly usesOf: (target: string) => readonly { service: VirtualServiceConfig; server: RealServerConfig }[];
  readonly names: () => readonly string[];
};

export const openRealServers = (config: () => DirectorConfig, commands: () => Commands, log: Log): RealServers => {
  const known = new Map<string, Known>();
  let planned: { readonly config: DirectorConfig; readonly plan: TargetPlan } | undefined;
  const plan = (): TargetPlan => {
    const current = config();
    if (planned?.config !== current) planned = { config: current, plan: planTargets(current) };
    return planned.plan;
  };
  const pairs = () =>
    config().virtualServices.flatMap((service) => service.realServers.map((server) => ({ service, server })));
  const knownOf = (id: string): Known =>
    known.get(id) ?? { health: 'unknown', reason: 'not probed yet', since: Date.now() };
  const about = (target: string) => ({ process: 'health', subject: plan().serversOf(target).join(', ') }) as const;

  const hearVerdict = ({ target, health, reason, latency, weight }: Verdict): boolean => {
    // One of an earlier configuration.
    if (plan().serversOf(target).length === 0) return false;
    const before = knownOf(target);
    const isNewWeight = weight !== undefined && weight !== before.weight;
    if (before.health === health && !isNewWeight) return false;
    if (before.health !== health) {
      const what = `${before.health} -> ${health}: ${reason}`;
      const follows = health === 'down' ? 'it is drained' : 'it takes connections';
      log(health === 'down' ? 'warn' : 'info', about(target), `${what}; ${follows}`, { latency, target });
    }
    if (isNewWeight) {
      log('info', about(target), `weight ${before.weight ?? 'as configured'} -> ${weight}, as its check says`);
    }
    const since = before.health === health ? before.since : Date.now();
    known.set(target, { ...before, health, reason, since, ...(weight !== undefined && { weight }) });
    return true;
  };

  const knownAbout = (server: RealServerConfig): Known[] =>
    plan()
      .targetsOf(server)
      .map(({ id }) => knownOf(id));

  return {
    targets: () => plan().targets,
    standingOf: (_service, server) => {
      const { health, weight: checked } = joinStandings(knownAbout(server));
      const { drained = false, weight } = commands().get(server.name) ?? {};
      return {
        health,
        drained,
        ...(weight !== undefined && { commandedWeight: weight }),
        ...(checked !== undefined && { checkedWeight: checked }),
      };
    },
    observationOf: (_service, server) => {
      const standings = knownAbout(server);
      const { health, reason } = joinStandings(standings);
      const probes = standings.flatMap(({ probe }) => probe ?? []);
      const probe = probes.find(({ ok }) => !ok) ?? probes[0];
      const deciding = standings.find((one) => one.health === health && one.reason === reason);
      return { health, reason, since: deciding?.since ?? Date.now(), ...(probe !== undefined && { probe }) };
    },
    hear: (message) => {
      switch (message.type) {
        case 'probes':
          for (const probe of message.results) {
            if (plan().serversOf(probe.target).length > 0) known.set(probe.target, { ...knownOf(probe.target), probe });
          }
          return false;
        case 'warning':
          log('warn', about(message.target), message.text);
          return false;
        case 'local-fault': {
          const { why, targets: count } = message;
          if (count === 0) log('info', { process: 'health' }, `probes again: "${why}" is over`);
          else log('error', { process: 'health' }, `cannot probe ${count} targets: ${why}; verdicts stay as they are`);
          return false;
        }
        case 'defect': {
          const { target, text, stack, times } = message;
          const who = target === undefined ? { process: 'health' as const } : about(target);
          const often = times === 1 ? '' : ` (${times} times)`;
          log('error', who, `a defect of regent${often}: ${text}; the health checks go on`, { stack });
          return false;
        }
        case 'verdict':
          return hearVerdict(message);
        default:
          return unreachable(message);
      }
    },
    usesOf: (target) => plan().usesOf(target),
    names: () => [...new Set(pairs().map(({ server }) => server.name))],
  };
};
