// The shell around verdicts and schedule: probes every target on time, and reports changes to the controller.

import { isSameData } from '../base/same-data.ts';
import { type Clock, elapsed, type Instant, later, type Milliseconds, milliseconds } from '../base/units.ts';
import { type FaultLedger, openFaultLedger } from './fault-ledger.ts';
import type { FromHealthcheck, ProbeResult, Target } from './messages.ts';
import { LocalFault } from './network-error.ts';
import type { Outcome } from './outcome.ts';
import { nextProbe, phaseOf } from './schedule.ts';
import { isChanging, judge, unknownVerdict, type Verdict } from './verdict.ts';
import type { Wheel } from './wheel.ts';

/** What the prober needs from outside. */
export type ProberPorts = {
  /**
   * Probes when a slot is free: a probe may have to wait until others have ended, and calls `onStart` when it begins. Rejects if
   * this host could not make the probe; the verdict then stays.
   */
  readonly probe: (target: Target, onStart: () => void) => Promise<Outcome>;
  readonly clock: Clock;
  readonly wheel: Wheel;
  /** The longest turn of the loop so far. */
  readonly longestTurn: () => Milliseconds;
  readonly send: (message: FromHealthcheck) => void;
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

const batchEvery = milliseconds(1000);

/** New targets whose first probe begins in one turn of the loop: ten thousand at once would delay its heartbeats. */
const startsAtOnce = 250;

/** A probe may begin this much later than due, so that it begins together with others: a hundredth of its interval. */
const slackOf = (interval: Milliseconds): Milliseconds => milliseconds(Math.min(interval / 100, 50));
const noSlack = milliseconds(0);

/** More digits would only lengthen messages. */
const toMicroseconds = (span: Milliseconds): Milliseconds => milliseconds(Math.round(span * 1000) / 1000);

export const createProber = ({ probe, clock, wheel, longestTurn, send }: ProberPorts): Prober => {
  const watches = new Map<string, Watch>();
  const faults: FaultLedger = openFaultLedger();
  let results: ProbeResult[] = [];
  let lateness = milliseconds(0);
  /** When the results that have come are sent. */
  let flushAt: Instant | undefined;
  /** New targets that are not probed yet. */
  let fresh: Watch[] = [];
  /** When the next of them are probed. */
  let freshAt: Instant | undefined;

  const flush = (): void => {
    flushAt = undefined;
    send({ type: 'probes', results, lateness: toMicroseconds(lateness), longestTurn: longestTurn() });
    results = [];
    lateness = milliseconds(0);
    for (const change of faults.takeChanges()) send({ type: 'local-fault', ...change });
  };

  const record = ({ id }: Target, { ok, latency, error, certificateExpires }: Outcome): void => {
    results.push({
      target: id,
      ok,
      latency: toMicroseconds(latency),
      ...(error !== undefined && { error }),
      ...(certificateExpires !== undefined && { certificateExpires }),
    });
    if (flushAt !== undefined) return;
    flushAt = later(clock(), batchEvery);
    wheel.arm(flush, flushAt, noSlack);
  };

  const report = ({ target, verdict: { health, reason, latency, weight } }: Watch): void =>
    send({
      type: 'verdict',
      target: target.id,
      health,
      reason,
      latency: toMicroseconds(latency),
      ...(weight !== undefined && { weight }),
    });

  const weigh = (watch: Watch, outcome: Outcome): void => {
    const { target, verdict: before, warning } = watch;
    record(target, outcome);
    faults.clear(target.id);
    watch.verdict = judge(before, outcome, target.check, clock());
    if (watch.verdict.health !== before.health || watch.verdict.weight !== before.weight) report(watch);
    watch.warning = outcome.warning;
    if (outcome.warning !== warning) send({ type: 'warning', target: target.id, text: outcome.warning ?? '' });
  };

  const blameHost = ({ target }: Watch, fault: unknown, latency: Milliseconds): void => {
    const { message } = fault instanceof Error ? fault : new Error(String(fault));
    faults.note(target.id, fault instanceof LocalFault ? fault.why : message);
    record(target, { ok: false, latency, error: message });
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
      lateness = milliseconds(Math.max(lateness, elapsed(due, startedAt)));
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
      (fault: unknown) => settle(() => blameHost(watch, fault, elapsed(startedAt, clock()))),
    );
    hasWaited = true;
  };

  const forget = (watch: Watch): void => {
    wheel.disarm(watch.begin, watch.due, watch.slack);
    watches.delete(watch.target.id);
    faults.clear(watch.target.id);
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
          if (watch.verdict.health !== 'unknown') report(watch);
          if (watch.warning !== undefined) send({ type: 'warning', target: watch.target.id, text: watch.warning });
        } else {
          forget(watch);
        }
      }
      takeAll(wanted.values());
      for (const fault of faults.takeAll()) send({ type: 'local-fault', ...fault });
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
      if (flushAt !== undefined) wheel.disarm(flush, flushAt, noSlack);
      if (freshAt !== undefined) wheel.disarm(beginFresh, freshAt, noSlack);
      [flushAt, freshAt, fresh] = [undefined, undefined, []];
    },
  };
};
