// One run of a drill on a target: steady state, steps with their faults, and always the way back.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { planOf } from '../client/batch.ts';
import { during, longestOutage } from '../recording/measures.ts';
import type { CheckedBound, Run, StepRecord, Waterfall } from '../recording/recording.ts';
import { type Planned, planChaos } from '../scenario/chaos.ts';
import { chaosFaults } from '../scenario/faults.ts';
import type { Drill, Expectation, Step } from '../scenario/keys.ts';
import { actsOf } from '../scenario/rules.ts';
import { checkStep } from './check.ts';
import { startClient } from './client.ts';
import { describeAct, type Faults, openFaults } from './faults.ts';
import { connectionsOf, relativeConnections, relativeEvents, relativeWaterfall } from './relative.ts';
import type { Observed, Target } from './target.ts';
import { waterfallOf } from './waterfall.ts';

export type RunOptions = {
  readonly drill: Drill;
  readonly target: Target;
  readonly number: number;
  /** Ends the run early: all faults are undone. */
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
};

export type Narrator = {
  readonly onStep: (index: number, total: number, name: string) => void;
  readonly onChecks: (checks: readonly CheckedBound[], error: string | undefined) => void;
  readonly onEvent: (event: Observed) => void;
  /** Once a second: the requests that ended in it, by server, and those that failed. */
  readonly onSecond: (answered: Readonly<Record<string, number>>, failed: number) => void;
};

class Aborted extends Error {}

/** How long a step waits at its end until what it still has to see has come, in milliseconds. */
const settleLimit = 15_000;
/** How long a steady state is waited for. */
const steadyLimit = 45_000;
const wholeLimit = 240_000;
const pollEvery = 50;

export const nameOfStep = (step: Step): string => {
  if (step.random !== undefined) return `random, seed ${step.random.seed}`;
  return actsOf(step).map(describeAct).join(' and ');
};

/** Sleeps, but ends with the reason of an abort. */
const watchFor = async (span: number, stopped: () => string | undefined): Promise<void> => {
  const end = performance.now() + span;
  while (performance.now() < end) {
    const reason = stopped();
    if (reason !== undefined) throw new Aborted(reason);
    await sleep(Math.min(pollEvery, Math.max(1, end - performance.now())));
  }
};

/** Makes and undoes the planned faults at their moments. */
const playChaos = async (
  planned: readonly Planned[],
  span: number,
  faults: Faults,
  stopped: () => string | undefined,
) => {
  const began = performance.now();
  const made = new Map<Planned, number>();
  const moments = planned
    .flatMap((one) => [
      { at: one.at, one, isUndo: false },
      ...(one.lasts === undefined ? [] : [{ at: one.at + one.lasts, one, isUndo: true }]),
    ])
    .sort((one, other) => one.at - other.at);
  for (const { at, one, isUndo } of moments.filter(({ at }) => at < span)) {
    await watchFor(began + at - performance.now(), stopped);
    const id = made.get(one);
    // What cannot be made at its moment, such as deleting an address that is not there, is left out.
    if (!isUndo)
      await faults.make(one.act).then(
        ({ id: number }) => made.set(one, number),
        () => {},
      );
    else if (id !== undefined) await faults.undo(id);
  }
  await watchFor(began + span - performance.now(), stopped);
  for (const id of made.values()) await faults.undo(id);
};

/** Waits until the pair is whole. @returns what is not. */
const untilWhole = async ({ ailments }: Target, signal: AbortSignal): Promise<readonly string[]> => {
  const deadline = performance.now() + wholeLimit;
  for (;;) {
    const found = await ailments();
    if (found.length === 0 || signal.aborted || performance.now() > deadline) return found;
    await sleep(200);
  }
};

/** Runs the drill once. A run that is not begun, broken or aborted is a result, too. */
export const performRun = async ({ drill, target, number, signal, narrator }: RunOptions): Promise<Run> => {
  const events: Observed[] = [];
  const onEvent = (event: Observed): void => {
    events.push(event);
    narrator.onEvent(event);
  };
  const answered: Record<string, number> = {};
  let failed = 0;
  const ailments = await untilWhole(target, signal);
  const began = Date.now();
  const steps: StepRecord[] = [];
  let [verdict, reason]: [Run['verdict'], string | undefined] = ['held', undefined];
  let waterfall: Waterfall | undefined;
  const stopWatching = await target.watch(onEvent);
  const client = startClient(target, planOf(drill), (outcomes) => {
    for (const [, , , good, word] of outcomes) {
      if (good === 1) answered[word] = (answered[word] ?? 0) + 1;
      else failed += 1;
    }
  });
  const seconds = setInterval(() => {
    narrator.onSecond({ ...answered }, failed);
    for (const server of Object.keys(answered)) answered[server] = 0;
    failed = 0;
  }, 1000);
  const faults = openFaults(target, onEvent);
  let from = began;
  /** Why the run may not go on; undefined while it may. */
  const stopped = (): string | undefined => {
    if (signal.aborted) return String(signal.reason);
    if (!client.isRunning()) return 'the client has ended';
    const longest = drill.abort?.outage;
    const silence = Date.now() - (client.lastAnswer() ?? from);
    return longest !== undefined && silence > longest ? `no request succeeded for ${longest} ms` : undefined;
  };
  const evidence = () => ({
    requests: client.requests(),
    connections: connectionsOf(client.connections()),
    events: events.toSorted((one, other) => one.time - other.time),
    addresses: target.addresses,
    terms: target.terms,
  });
  const judge = async (expectation: Expectation, begin: number, end: number): Promise<readonly CheckedBound[]> => {
    await Promise.race([client.settle(end), sleep(settleLimit, undefined, { ref: false })]);
    return checkStep(expectation, evidence(), begin, end);
  };
  const record = async (
    name: string,
    expectation: Expectation,
    act: () => Promise<number | undefined>,
  ): Promise<StepRecord> => {
    narrator.onStep(steps.length, drill.steps.length, name);
    let begin = Date.now();
    let error: string | undefined;
    try {
      begin = (await act()) ?? begin;
    } catch (caught) {
      if (caught instanceof Aborted) throw caught;
      error = messageOf(caught).trim();
    }
    const end = Date.now();
    const checks = await judge(expectation, begin, end);
    narrator.onChecks(checks, error);
    const held = error === undefined && checks.every((check) => check.held);
    const found = { name, began: begin, ended: end, held, checks, ...(error !== undefined && { error }) };
    steps.push(found);
    return found;
  };
  /** @returns when its first fault took effect. */
  const play = async (step: Step): Promise<number | undefined> => {
    if (step.random === undefined) {
      // All have been tried before one's failure ends the step: what was made is known, and is undone.
      const tried = await Promise.allSettled(actsOf(step).map(faults.make));
      const made = tried.map((one) => {
        if (one.status === 'rejected') throw one.reason;
        return one.value;
      });
      await watchFor(step.for, stopped);
      return Math.min(...made.map(({ at }) => at));
    }
    const { seed, for: span, every, faults: names = chaosFaults } = step.random;
    await playChaos(planChaos(seed, span, every, names, target), span, faults, stopped);
    return undefined;
  };

  try {
    if (ailments.length > 0) throw new Aborted(ailments.join('; '));
    // The first requests of cold programs measure the processor.
    const warm = performance.now() + settleLimit;
    while (client.requests().length < Math.min(25, drill.client.rate) && performance.now() < warm)
      await sleep(pollEvery);
    from = Date.now();
    const proveSteady = async (): Promise<StepRecord> => {
      const deadline = performance.now() + steadyLimit;
      for (;;) {
        from = Date.now();
        const steady = await record('steady', drill.steady.expect, async () => {
          await watchFor(drill.steady.for, stopped);
          return undefined;
        });
        if (steady.held || performance.now() > deadline) return steady;
        // Cold programs and busy processors: it is looked at again, and only the last look is recorded.
        steps.pop();
      }
    };
    const steady = await proveSteady();
    if (!steady.held)
      throw new Aborted(
        steady.checks
          .filter(({ held }) => !held)
          .map(({ text }) => text)
          .join('; '),
      );
    for (const step of drill.steps) {
      const done = await record(nameOfStep(step), step.expect ?? {}, () => play(step));
      const lead = actsOf(step).find(({ director }) => director !== undefined)?.director;
      const outage = longestOutage(during(client.requests(), done.began, done.ended), done.began);
      if (lead === undefined || actsOf(step).some(({ do: what }) => what === 'mend')) continue;
      waterfall ??= waterfallOf(evidence().events, {
        from: lead,
        fault: done.began,
        until: done.ended,
        address: target.addresses[0] ?? '',
        masterDown: target.terms.master_down,
        firstAnswer: outage === undefined || !Number.isFinite(outage.end) ? undefined : outage.end,
      });
    }
    if (steps.some(({ held }) => !held)) verdict = 'broken';
  } catch (error) {
    verdict = steps.length < 2 && !faults.areOpen() ? 'not begun' : 'aborted';
    reason = messageOf(error);
  }
  try {
    await faults.mend();
  } catch (error) {
    verdict = 'aborted';
    reason = `${reason === undefined ? '' : `${reason}; `}not undone: ${messageOf(error)}`;
  }
  clearInterval(seconds);
  await client.stop();
  await stopWatching();
  const shift = (time: number): number => time - began;
  return {
    subject: target.subject,
    number,
    began,
    took: Date.now() - began,
    verdict,
    ...(reason !== undefined && { reason }),
    steps: steps.map((step) => ({ ...step, began: shift(step.began), ended: shift(step.ended) })),
    ...(waterfall !== undefined && { waterfall: relativeWaterfall(waterfall, shift) }),
    requests: client.requests().map(([start, ...rest]) => [shift(start), ...rest] as const),
    skipped: client.skipped(),
    connections: relativeConnections(connectionsOf(client.connections()), shift),
    events: relativeEvents(events, shift),
    addresses: target.addresses,
    masterDown: target.terms.master_down,
    interval: target.terms.interval,
    formula: target.formula,
    clocks: target.clocks(),
  };
};
