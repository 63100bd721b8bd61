// The shell around verdicts and schedule: probes every target in its time, tells the controller what changed.

import { isDeepStrictEqual } from 'node:util';
import type { Endpoint } from '../config/model.ts';
import { type Clock, elapsed, type Instant, type Milliseconds, milliseconds } from '../config/units.ts';
import type { FromHealthcheck, ProbeResult, Target } from './messages.ts';
import { nextProbe, phaseOf } from './schedule.ts';
import { judge, type Outcome, unknownVerdict, type Verdict } from './verdict.ts';

/** What the prober needs of the world. */
export type ProberPorts = {
  /** Rejects when this host could not make the probe; the verdict then stays as it is. */
  readonly probe: (endpoint: Endpoint, timeout: Milliseconds) => Promise<Outcome>;
  readonly clock: Clock;
  /** Runs `action` once after `delay`; the returned function takes it back. */
  readonly arm: (action: () => void, delay: Milliseconds) => () => void;
  readonly send: (message: FromHealthcheck) => void;
};

export type Prober = {
  /**
   * Takes the targets as the whole truth. A target with the same id and content keeps its verdict and its turn, any other begins
   * unknown and is probed at once. Every known verdict is sent again, because the controller may be a new one.
   */
  readonly configure: (targets: readonly Target[]) => void;
  /** Nothing is probed or sent any more; what is under way ends unheard. */
  readonly stop: () => void;
};

/** One target under observation; replaced as a whole when its content changes, so that a late outcome meets nobody. */
type Watch = { readonly target: Target; verdict: Verdict; cancel: () => void };

const batchEvery = milliseconds(1000);

export const createProber = ({ probe, clock, arm, send }: ProberPorts): Prober => {
  const watches = new Map<string, Watch>();
  let results: ProbeResult[] = [];
  let cancelBatch: (() => void) | undefined;

  const flush = (): void => {
    cancelBatch = undefined;
    const batch = results;
    results = [];
    send({ type: 'probes', results: batch });
  };

  const record = (result: ProbeResult): void => {
    results.push(result);
    cancelBatch ??= arm(flush, batchEvery);
  };

  const tell = ({ target, verdict: { health, reason, latency } }: Watch): void =>
    send({ type: 'verdict', target: target.id, health, reason, latency });

  const weigh = (watch: Watch, outcome: Outcome): void => {
    record({ target: watch.target.id, ...outcome });
    const before = watch.verdict.health;
    watch.verdict = judge(watch.verdict, outcome, watch.target.check);
    if (watch.verdict.health !== before) tell(watch);
  };

  const isWatched = (watch: Watch): boolean => watches.get(watch.target.id) === watch;

  /** The next turn is armed only when this probe has ended, so that there are never two at once. */
  const rearm = (watch: Watch, startedAt: Instant): void => {
    const { id, check } = watch.target;
    const due = nextProbe(phaseOf(id, check.interval), check.interval, startedAt);
    watch.cancel = arm(() => begin(watch), milliseconds(Math.max(0, elapsed(clock(), due))));
  };

  const begin = (watch: Watch): void => {
    const { id, endpoint, check } = watch.target;
    const startedAt = clock();
    const settle = (react: () => void): void => {
      if (!isWatched(watch)) return;
      react();
      rearm(watch, startedAt);
    };
    probe(endpoint, check.timeout).then(
      (outcome) => settle(() => weigh(watch, outcome)),
      (fault: unknown) =>
        settle(() => {
          const error = fault instanceof Error ? fault.message : String(fault);
          record({ target: id, ok: false, latency: elapsed(startedAt, clock()), error });
        }),
    );
  };

  const forget = (watch: Watch): void => {
    watch.cancel();
    watches.delete(watch.target.id);
  };

  return {
    configure: (targets) => {
      const wanted = new Map(targets.map((target) => [target.id, target]));
      for (const watch of [...watches.values()]) {
        if (isDeepStrictEqual(wanted.get(watch.target.id), watch.target)) {
          if (watch.verdict.health !== 'unknown') tell(watch);
        } else {
          forget(watch);
        }
      }
      for (const target of wanted.values()) {
        if (watches.has(target.id)) continue;
        const watch: Watch = { target, verdict: unknownVerdict, cancel: () => {} };
        watches.set(target.id, watch);
        begin(watch);
      }
    },
    stop: () => {
      for (const watch of [...watches.values()]) forget(watch);
      cancelBatch?.();
      cancelBatch = undefined;
    },
  };
};
