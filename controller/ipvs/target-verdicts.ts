// Takes what healthcheck reports of the targets: verdicts, probes, warnings and faults are logged and kept.

import { type Clock, monotonic } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { FromHealthcheck, Health, ProbeResult } from '../../healthcheck/messages.ts';
import type { Log, Subject } from '../log/log.ts';
import type { LogEventName } from '../log/log-events.ts';
import { type Known, type Moment, unknownSince } from './server-standing.ts';
import type { TargetStandings } from './target-standings.ts';
import { serverKey, type TargetUse } from './targets.ts';

type Verdict = Extract<FromHealthcheck, { readonly type: 'verdict' }>;

/** A verdict has changed: for these services, with the server in each. */
export type VerdictReport = {
  readonly type: 'verdict';
  readonly verdict: Verdict;
  readonly uses: readonly TargetUse[];
};

export type TargetVerdicts = {
  /** Why this host cannot probe, and what the checks warn about. */
  readonly warnings: () => readonly string[];
  /** Call when a new process probes, which has no warnings yet. */
  readonly forgetWarnings: () => void;
  readonly take: (message: FromHealthcheck) => void;
};

export const openTargetVerdicts = (
  known: TargetStandings,
  log: Log,
  report: (report: VerdictReport) => void,
  clock: Clock = monotonic,
): TargetVerdicts => {
  const moment = (): Moment => ({ since: Date.now(), changedAt: clock() });
  /** Most verdicts have the reason of the one before, and share its string. */
  let lastReason = '';
  const { verdicts, probes, warnings } = known;
  /** The number of targets that each fault keeps from being probed. */
  const faults = new Map<string, number>();

  const usesOf = (target: string): readonly TargetUse[] => known.plan.uses.get(target) ?? [];
  /** The configuration's own string: those of messages would be kept beside it, one a target. */
  const ownId = (target: string): string => {
    const [use] = usesOf(target);
    const targets = use && known.plan.targetsOf(use.service.name, use.server.name);
    return targets?.find(({ id }) => id === target)?.id ?? target;
  };
  const serversOf = (target: string): string[] => [...new Set(usesOf(target).map(({ server }) => server.name))];

  const about = <Name extends LogEventName>(target: string, event: Name): Subject<Name> => ({
    process: 'health',
    subject: serversOf(target).join(', '),
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

  const takeVerdict = (verdict: Verdict): void => {
    const { target, health, weight } = verdict;
    if (verdict.reason !== lastReason) lastReason = verdict.reason;
    const uses = usesOf(target);
    const given = verdicts.get(target);
    const befores = uses.map(
      ({ service, server }) => given ?? known.kept.get(serverKey(service.name, server.name)) ?? unknownSince(moment()),
    );
    // Of several servers that share a target, some may have been known by another check before.
    const before = befores.find((one) => one.health !== health) ?? befores[0];
    // A target of an earlier configuration.
    if (before === undefined) return;
    const isNewWeight = weight !== undefined && befores.some((one) => one.weight !== weight);
    const isFirst = given?.health !== health;
    if (isFirst) logHealth(verdict, before.health);
    if (isNewWeight) {
      log(
        'info',
        about(target, 'server-weight'),
        `weight ${before.weight ?? 'as configured'} -> ${weight}, set by its check`,
      );
    }
    if (!isFirst && !isNewWeight) return;
    const { since, changedAt } = before.health === health ? before : moment();
    const latest = weight ?? given?.weight;
    const standing: Known = { health, reason: lastReason, since, changedAt };
    verdicts.set(ownId(target), latest === undefined ? standing : { ...standing, weight: latest });
    if (before.health !== health || isNewWeight) report({ type: 'verdict', verdict, uses });
  };

  const takeProbe = ({ target, ok, latency, error, certificateExpires }: ProbeResult): void => {
    const latest = probes.get(target);
    if (latest !== undefined) {
      latest.ok = ok;
      latest.latency = latency;
      latest.error = error;
      latest.certificateExpires = certificateExpires;
    } else if (known.plan.uses.has(target)) probes.set(ownId(target), { ok, latency, error, certificateExpires });
  };

  const takeWarning = ({ target, text }: Extract<FromHealthcheck, { readonly type: 'warning' }>): void => {
    const before = warnings.get(target);
    if (text === '') {
      log('info', about(target, 'check-warning-over'), `warning ended: ${before ?? 'not known here'}`);
      warnings.delete(target);
    } else if (before !== text) {
      log('warn', about(target, 'check-warning'), text);
      warnings.set(target, text);
    }
  };

  const takeFault = ({ why, targets: count }: Extract<FromHealthcheck, { readonly type: 'local-fault' }>): void => {
    if (count === 0) {
      faults.delete(why);
      log('info', { process: 'health', event: 'probing-restored' }, `can probe again after: ${why}`);
      return;
    }
    if (faults.get(why) === count) return;
    faults.set(why, count);
    const text = `cannot probe ${count} targets: ${why}; verdicts stay as they are`;
    log('error', { process: 'health', event: 'probing-failed' }, text);
  };

  /** Each warning once, with its servers. */
  const warningsNow = (): string[] => {
    const byText = new Map<string, Set<string>>();
    for (const [target, text] of warnings) {
      const servers = byText.get(text) ?? new Set();
      for (const name of serversOf(target)) servers.add(name);
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
    take: (message) => {
      switch (message.type) {
        case 'verdict':
          return takeVerdict(message);
        case 'probes':
          for (const probe of message.results) takeProbe(probe);
          return;
        case 'warning':
          return takeWarning(message);
        case 'local-fault':
          return takeFault(message);
        case 'defect': {
          const { target, text, stack, times } = message;
          const event = 'check-defect';
          const who = target === undefined ? ({ process: 'health', event } as const) : about(target, event);
          const often = times === 1 ? '' : ` (${times} times)`;
          log('error', who, `defect of regent${often}: ${text}; the other checks go on`, { stack });
          return;
        }
        default:
          unreachable(message);
      }
    },
  };
};
