// The shell around verdicts and schedule: probes every target on time.

import { isSameData } from '../base/same-data.ts';
import { elapsed, type Instant, type Milliseconds, milliseconds } from '../base/units.ts';
import type { Target } from './messages.ts';
import type { Outcome } from './outcome.ts';
import { createProbeReports, type ProbeReportsPorts } from './probe-reports.ts';
import { nextProbe, phaseOf } from './schedule.ts';
import { isChanging, judge, unknownVerdict, type Verdict } from './verdict.ts';

/** What the prober needs from outside. */
export type ProberPorts = ProbeReportsPorts & {
  /**
   * Probes when a slot is free: a probe may have to wait until others have ended, and calls `onStart` when it begins. Rejects if
   * this host could not make the probe; the verdict then stays.
   */
  readonly probe: (target: Target, onStart: () => void) => Promise<Outcome>;
};

export type Prober = {
  /**
   * Replaces all targets. A target with the same id and content keeps its verdict and its schedule, any other begins unknown and
   * is probed at once. Every known verdict is sent again, because the controller may be a new one.
   */
  readonly configure: (targets: readonly Target[]) => void;
  /** Adds targets, and removes others by id; the rest go on undisturbed, and no verdict is sent again. */
  readonly change: (added: readonly Target[], removed: readonly string[]) => void;
  /** Ends all probing and sending; outcomes of running probes are ignored. */
  readonly stop: () => void;
};

/**
 * One target under observation; replaced as a whole when its content changes, so that a late outcome of the old one is ignored.
 */
type Watch = {
  readonly target: Target;
  verdict: Verdict;
  warning: string | undefined;
  /** When the next probe is due. */
  due: Instant;
  /** How much later it may begin. */
  slack: Milliseconds;
  /** Begins the next probe. */
  readonly begin: (now: Instant) => void;
};

/** New targets whose first probe begins in one turn of the loop: ten thousand at once would delay its heartbeats. */
const startsAtOnce = 250;

/** A probe may begin this much later than due, so that it begins together with others: a hundredth of its interval. */
const slackOf = (interval: Milliseconds): Milliseconds => milliseconds(Math.min(interval / 100, 50));
const noSlack = milliseconds(0);

export const createProber = (ports: ProberPorts): Prober => {
  const { probe, clock, wheel } = ports;
  const reports = createProbeReports(ports);
  const watches = new Map<string, Watch>();
  /** New targets that are not probed yet. */
  let fresh: Watch[] = [];
  /** When the next of them are probed. */
  let freshAt: Instant | undefined;

  const weigh = (watch: Watch, outcome: Outcome): void => {
    const { target, verdict: before, warning } = watch;
    reports.addResult(target, outcome);
    watch.verdict = judge(before, outcome, target.check, clock());
    const { health, weight } = watch.verdict;
    if (health !== before.health || weight !== before.weight) reports.sendVerdict(target, watch.verdict);
    watch.warning = outcome.warning;
    if (outcome.warning !== warning) reports.sendWarning(target, outcome.warning);
  };

  const isWatched = (watch: Watch): boolean => watches.get(watch.target.id) === watch;

  /** The next probe is armed only when this one has ended, so that two never run at once. */
  const rearm = (watch: Watch, startedAt: Instant): void => {
    const { id, check } = watch.target;
    const isQuick = isChanging(watch.verdict) || watch.verdict.health === 'unknown';
    const interval = isQuick ? (check.fastInterval ?? check.interval) : check.interval;
    watch.due = nextProbe(phaseOf(id, interval), interval, startedAt);
    watch.slack = slackOf(interval);
    wheel.arm(watch.begin, watch.due, watch.slack);
  };

  /** A probe that throws at once fails. */
  const beginProbe: ProberPorts['probe'] = (target, onStart) => {
    try {
      return probe(target, onStart);
    } catch (fault) {
      return Promise.reject(fault);
    }
  };

  const begin = (watch: Watch, calledAt: Instant): void => {
    const { due } = watch;
    let startedAt = calledAt;
    let hasWaited = false;
    const onStart = (): void => {
      if (hasWaited) startedAt = clock();
      reports.noteLateness(elapsed(due, startedAt));
    };
    const settle = (react: () => void): void => {
      if (!isWatched(watch)) return;
      try {
        react();
      } finally {
        // A probe that had to wait does not shift the later ones.
        rearm(watch, calledAt);
      }
    };
    beginProbe(watch.target, onStart).then(
      (outcome) => settle(() => weigh(watch, outcome)),
      (fault: unknown) => settle(() => reports.addFault(watch.target, fault, elapsed(startedAt, clock()))),
    );
    hasWaited = true;
  };

  const forget = (watch: Watch): void => {
    wheel.disarm(watch.begin, watch.due, watch.slack);
    watches.delete(watch.target.id);
    reports.forgetFault(watch.target);
  };

  const take = (target: Target, due: Instant): void => {
    if (watches.has(target.id)) return;
    const watch: Watch = {
      target,
      verdict: unknownVerdict,
      warning: undefined,
      due,
      slack: noSlack,
      begin: (now) => begin(watch, now),
    };
    watches.set(target.id, watch);
    fresh.push(watch);
  };

  const beginFresh = (): void => {
    freshAt = undefined;
    const now = clock();
    const first = fresh.slice(0, startsAtOnce);
    fresh = fresh.slice(startsAtOnce);
    for (const watch of first) if (isWatched(watch)) begin(watch, now);
    if (fresh.length === 0) return;
    freshAt = now;
    wheel.arm(beginFresh, freshAt, noSlack);
  };
  const takeAll = (targets: Iterable<Target>): void => {
    const now = clock();
    for (const target of targets) take(target, now);
    if (freshAt === undefined) beginFresh();
  };

  return {
    configure: (targets) => {
      const wanted = new Map(targets.map((target) => [target.id, target]));
      for (const watch of [...watches.values()]) {
        if (isSameData(wanted.get(watch.target.id), watch.target)) {
          if (watch.verdict.health !== 'unknown') reports.sendVerdict(watch.target, watch.verdict);
          if (watch.warning !== undefined) reports.sendWarning(watch.target, watch.warning);
        } else {
          forget(watch);
        }
      }
      takeAll(wanted.values());
      reports.sendFaults();
    },
    change: (added, removed) => {
      for (const id of removed) {
        const watch = watches.get(id);
        if (watch !== undefined) forget(watch);
      }
      takeAll(added);
    },
    stop: () => {
      for (const watch of [...watches.values()]) forget(watch);
      reports.stop();
      if (freshAt !== undefined) wheel.disarm(beginFresh, freshAt, noSlack);
      [freshAt, fresh] = [undefined, []];
    },
  };
};
