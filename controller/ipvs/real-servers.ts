// The standing of each real server: its checks' verdicts and operators' commands. The IPVS table and the status read it.

import { type Clock, elapsed, type Instant, type Milliseconds, monotonic } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { FromHealthcheck, Health, ProbeResult, Target } from '../../healthcheck/messages.ts';
import type { Log, Subject } from '../log/log.ts';
import type { LogEventName } from '../log/log-events.ts';
import type { Commands } from '../operator/commands.ts';
import { type KeptStandings, keepStandings } from './kept-standings.ts';
import type { ServerStanding } from './service-judgement.ts';
import {
  joinStandings,
  type KnownTargets,
  planTargets,
  serverKey,
  type TargetPlan,
  type TargetStanding,
} from './targets.ts';

/** The result of a server's probes, all its checks together. */
export type Observation = {
  readonly health: Health;
  readonly reason: string;
  /** Wall time of the verdict, milliseconds since the epoch. */
  readonly since: number;
  /** How long ago that was, by the monotonic clock. */
  readonly lasted: Milliseconds;
  /** The latest probe; of several checks, the failed one. */
  readonly probe?: ProbeResult;
};

type Verdict = Extract<FromHealthcheck, { readonly type: 'verdict' }>;
type Moment = { readonly since: number; readonly changedAt: Instant };
type Known = TargetStanding & Moment;

export type RealServers = {
  readonly targets: () => readonly Target[];
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly observationOf: (service: VirtualServiceConfig, server: RealServerConfig) => Observation;
  /** Why this host cannot probe, and what the checks warn about. */
  readonly warnings: () => readonly string[];
  /** Call when a new process probes, which has no warnings yet. */
  readonly forgetWarnings: () => void;
  /** @returns whether a verdict has changed. */
  readonly take: (message: FromHealthcheck) => boolean;
  /** The services that use a target, with the server in each. */
  readonly usesOf: (target: string) => readonly { service: VirtualServiceConfig; server: RealServerConfig }[];
};

export const openRealServers = (
  config: () => DirectorConfig,
  commands: () => Commands,
  log: Log,
  clock: Clock = monotonic,
): RealServers => {
  const moment = (): Moment => ({ since: Date.now(), changedAt: clock() });
  const unknown = (): Known => ({ health: 'unknown', reason: 'not probed yet', ...moment() });
  /** By target. */
  const verdicts = new Map<string, Known>();
  const probes = new Map<string, ProbeResult>();
  const warnings = new Map<string, string>();
  /** The number of targets that each fault keeps from being probed. */
  const faults = new Map<string, number>();
  let kept: KeptStandings<Known> = new Map();
  const madeTargets: KnownTargets = new WeakMap();
  let planned: { readonly config: DirectorConfig; readonly plan: TargetPlan } | undefined;

  /** A target's verdict on a server. */
  const knownFor = (target: string, service: string, server: string): Known =>
    verdicts.get(target) ?? kept.get(serverKey(service, server)) ?? unknown();

  /** Joins all checks of a server. */
  const join = (plan: TargetPlan, service: string, server: string): Known => {
    const targets = plan.targetsOf(service, server);
    if (targets === undefined) return unknown();
    const [only] = targets;
    if (only !== undefined && targets.length === 1) return knownFor(only.id, service, server);
    const standings = targets.map(({ id }) => knownFor(id, service, server));
    const joined = joinStandings(standings);
    const deciding = standings.find(({ health, reason }) => health === joined.health && reason === joined.reason);
    const { since, changedAt } = deciding ?? moment();
    return { ...joined, since, changedAt };
  };

  const plan = (): TargetPlan => {
    const current = config();
    if (planned?.config === current) return planned.plan;
    const [before, next] = [planned, planTargets(current, madeTargets)];
    if (before !== undefined) {
      const standingOf = (service: string, server: string): Known => join(before.plan, service, server);
      kept = keepStandings(before.config, current, standingOf, (id) => verdicts.has(id), next);
      // A server that is configured again later begins unknown.
      for (const map of [verdicts, probes, warnings])
        for (const id of map.keys()) if (next.usesOf(id).length === 0) map.delete(id);
    }
    planned = { config: current, plan: next };
    return next;
  };
  const about = <Name extends LogEventName>(target: string, event: Name): Subject<Name> => ({
    process: 'health',
    subject: plan().serversOf(target).join(', '),
    event,
  });

  const logHealth = ({ target, health, reason, latency }: Verdict, before: Health): void => {
    const data = { latency, target };
    if (before === health) {
      log('info', about(target, 'server-unchanged'), `still ${health} by its new check: ${reason}`, data);
      return;
    }
    const text = `${before} -> ${health}: ${reason}`;
    if (health === 'down') log('warn', about(target, 'server-down'), `${text}; it is drained`, data);
    else log('info', about(target, 'server-up'), `${text}; it takes connections`, data);
  };

  const takeVerdict = (verdict: Verdict): boolean => {
    const { target, health, reason, weight } = verdict;
    const befores = plan()
      .usesOf(target)
      .map(({ service, server }) => knownFor(target, service.name, server.name));
    // Of several servers that share a target, some may have been known by another check before.
    const before = befores.find((one) => one.health !== health) ?? befores[0];
    // A target of an earlier configuration.
    if (before === undefined) return false;
    const isNewWeight = weight !== undefined && befores.some((one) => one.weight !== weight);
    const isFirst = verdicts.get(target)?.health !== health;
    if (isFirst) logHealth(verdict, before.health);
    if (isNewWeight) {
      log(
        'info',
        about(target, 'server-weight'),
        `weight ${before.weight ?? 'as configured'} -> ${weight}, set by its check`,
      );
    }
    if (!isFirst && !isNewWeight) return false;
    const { since, changedAt } = before.health === health ? before : moment();
    const given = weight ?? verdicts.get(target)?.weight;
    verdicts.set(target, { health, reason, since, changedAt, ...(given !== undefined && { weight: given }) });
    return before.health !== health || isNewWeight;
  };

  /** Each warning once, with its servers. */
  const warningsNow = (): string[] => {
    const byText = new Map<string, Set<string>>();
    for (const [target, text] of warnings) {
      const servers = byText.get(text) ?? new Set();
      for (const { server } of plan().usesOf(target)) servers.add(server.name);
      byText.set(text, servers);
    }
    const show = (servers: readonly string[]): string =>
      servers.length <= 3 ? servers.join(', ') : `${servers.slice(0, 3).join(', ')} and ${servers.length - 3} more`;
    return [
      ...[...faults].map(([why, count]) => `cannot probe ${count} targets: ${why}; verdicts stay as they are`),
      ...[...byText].map(([text, servers]) => `server ${show([...servers])}: ${text}`),
    ];
  };

  return {
    warnings: warningsNow,
    forgetWarnings: () => {
      warnings.clear();
      faults.clear();
    },
    targets: () => plan().targets,
    standingOf: (service, server) => {
      const { health, weight: checked } = join(plan(), service.name, server.name);
      const { drained = false, weight } = commands().get(server.name) ?? {};
      return {
        health,
        drained,
        ...(weight !== undefined && { commandedWeight: weight }),
        ...(checked !== undefined && { checkedWeight: checked }),
      };
    },
    observationOf: (service, server) => {
      const { health, reason, since, changedAt } = join(plan(), service.name, server.name);
      const own = (plan().targetsOf(service.name, server.name) ?? []).flatMap(({ id }) => probes.get(id) ?? []);
      const probe = own.find(({ ok }) => !ok) ?? own[0];
      const lasted = elapsed(changedAt, clock());
      return { health, reason, since, lasted, ...(probe !== undefined && { probe }) };
    },
    take: (message) => {
      switch (message.type) {
        case 'probes':
          for (const probe of message.results) {
            if (plan().usesOf(probe.target).length > 0) probes.set(probe.target, probe);
          }
          return false;
        case 'warning': {
          const { target, text } = message;
          if (text === '') {
            log(
              'info',
              about(target, 'check-warning-over'),
              `warning ended: ${warnings.get(target) ?? 'not known here'}`,
            );
            warnings.delete(target);
          } else if (warnings.get(target) !== text) {
            log('warn', about(target, 'check-warning'), text);
            warnings.set(target, text);
          }
          return false;
        }
        case 'local-fault': {
          const { why, targets: count } = message;
          if (count === 0) faults.delete(why);
          else if (faults.get(why) === count) return false;
          else faults.set(why, count);
          if (count === 0)
            log('info', { process: 'health', event: 'probing-restored' }, `can probe again after: ${why}`);
          else {
            const text = `cannot probe ${count} targets: ${why}; verdicts stay as they are`;
            log('error', { process: 'health', event: 'probing-failed' }, text);
          }
          return false;
        }
        case 'defect': {
          const { target, text, stack, times } = message;
          const event = 'check-defect';
          const who = target === undefined ? ({ process: 'health', event } as const) : about(target, event);
          const often = times === 1 ? '' : ` (${times} times)`;
          log('error', who, `defect of regent${often}: ${text}; the other checks go on`, { stack });
          return false;
        }
        case 'verdict':
          return takeVerdict(message);
        default:
          unreachable(message);
          return false;
      }
    },
    usesOf: (target) => plan().usesOf(target),
  };
};
