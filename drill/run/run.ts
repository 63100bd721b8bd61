// One run of a drill on a target: steady state, steps with their faults, and always the way back.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { planOf } from '../client/batch.ts';
import type { Run, StepRecord } from '../recording/recording.ts';
import { planChaos } from '../scenario/chaos.ts';
import { chaosFaults } from '../scenario/faults.ts';
import type { Act, Drill, Step } from '../scenario/keys.ts';
import { actsOf } from '../scenario/rules.ts';
import { Aborted, type Stopped, unlessStopped, watchFor } from './abort.ts';
import { playChaos } from './chaos.ts';
import { describeAct, type Faults, openFaults } from './faults.ts';
import type { Narrator } from './narrator.ts';
import { type Observation, observe } from './observation.ts';
import { connectionsOf, relativeConnections, relativeEvents, relativeTakeover } from './relative.ts';
import { type Steps, startSteps, takeoversIn } from './steps.ts';
import type { Observed, Target } from './target.ts';

export type RunOptions = {
  readonly drill: Drill;
  readonly target: Target;
  readonly number: number;
  /** Ends the run early: all faults are undone. */
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
};

/** How long the first requests, a steady state and a whole pair are waited for, in milliseconds. */
const warmLimit = 15_000;
const steadyLimit = 45_000;
const wholeLimit = 240_000;

export const nameOfStep = (step: Step): string => {
  if (step.random !== undefined) return `random, seed ${step.random.seed}`;
  return actsOf(step).map(describeAct).join(' and ');
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

/** The first requests of cold programs measure the processor. */
const warmUp = async ({ client }: Observation, rate: number, stopped: Stopped): Promise<void> => {
  const deadline = performance.now() + warmLimit;
  while (client.requests().length < Math.min(25, rate) && performance.now() < deadline) await watchFor(50, stopped);
};

/** @throws Aborted if the service is not steady in time. */
const proveSteady = async ({ steady }: Drill, steps: Steps, stopped: Stopped, onLook: () => void): Promise<void> => {
  const deadline = performance.now() + steadyLimit;
  for (;;) {
    onLook();
    const { held, checks } = await steps.perform('steady', steady.expect, () => watchFor(steady.for, stopped));
    if (held) return;
    const broken = checks.filter((check) => !check.held).map(({ text }) => text);
    if (performance.now() > deadline) throw new Aborted(broken.join('; '));
    // Cold programs and busy processors: it is looked at again, and only the last look is recorded.
    steps.forget();
  }
};

/** A line of the log for a fault of chaos that could not be made. */
const leftOut = (act: Act, why: unknown): Observed => {
  const message = `${describeAct(act)} is left out: ${messageOf(why).trim()}`;
  return { type: 'log', time: Date.now(), by: 'drill', level: 'info', message };
};

/** Makes what a step asks for, and watches. @param tellFault when its first fault took effect. */
const play = async (
  step: Step,
  target: Target,
  faults: Faults,
  stopped: Stopped,
  onEvent: (event: Observed) => void,
  tellFault: (moment: number) => void,
): Promise<void> => {
  if (step.random !== undefined) {
    const { seed, for: span, every, faults: names = chaosFaults } = step.random;
    await playChaos(planChaos(seed, span, every, names, target), span, faults, stopped, (act, why) =>
      onEvent(leftOut(act, why)),
    );
    return;
  }
  // All faults are tried before a failure ends the step, so that those that were made are known and undone.
  const tried = await unlessStopped(Promise.allSettled(actsOf(step).map(faults.make)), stopped);
  const made = tried.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  tellFault(Math.min(...made.map(({ at }) => at)));
  await watchFor(step.for, stopped);
};

/** @throws Aborted if a download is over: it would show nothing. */
const proveDownloads = ({ client }: Observation, { client: { download } }: Drill): void => {
  const ended = client.connections().find((one) => one.kind === 'download' && one.ended !== undefined);
  if (ended !== undefined) throw new Aborted(`/${download} is not a download that can be kept open: ${ended.why}`);
};

type Outcome = Pick<Run, 'verdict' | 'reason'>;

/** All steps, and the way back. */
const performSteps = async (
  { drill, target, signal }: RunOptions,
  observation: Observation,
  steps: Steps,
  ailments: readonly string[],
): Promise<Outcome> => {
  const { client, onEvent } = observation;
  const faults = openFaults(target, onEvent);
  // Before the steady state a client that starts slowly is no outage.
  let from: number | undefined;
  const stopped = (): string | undefined => {
    if (signal.aborted) return String(signal.reason);
    if (!client.isRunning()) return 'the client has ended';
    const longest = drill.abort?.outage;
    const last = from === undefined ? undefined : (client.lastAnswer() ?? from);
    const silence = last === undefined ? 0 : Date.now() - last;
    return longest !== undefined && silence > longest ? `no request succeeded for ${longest} ms` : undefined;
  };
  let outcome: Outcome;
  try {
    if (ailments.length > 0) throw new Aborted(ailments.join('; '));
    await warmUp(observation, drill.client.rate, stopped);
    await proveSteady(drill, steps, stopped, () => {
      from = Date.now();
    });
    proveDownloads(observation, drill);
    for (const step of drill.steps)
      await steps.perform(nameOfStep(step), step.expect ?? {}, (tellFault) =>
        play(step, target, faults, stopped, onEvent, tellFault),
      );
    outcome = { verdict: steps.records().every(({ held }) => held) ? 'held' : 'broken' };
  } catch (error) {
    const hasBegun = steps.records().length > 1 || faults.areOpen();
    outcome = { verdict: hasBegun ? 'aborted' : 'not begun', reason: messageOf(error) };
  }
  try {
    await faults.close();
    return outcome;
  } catch (error) {
    const earlier = outcome.reason === undefined ? '' : `${outcome.reason}; `;
    return { verdict: 'aborted', reason: `${earlier}not undone: ${messageOf(error)}` };
  }
};

const relativeStep = (step: StepRecord, shift: (time: number) => number): StepRecord => ({
  ...step,
  began: shift(step.began),
  ended: shift(step.ended),
});

/** Runs the drill once. A run that is not begun, broken or aborted is a result, too. */
export const performRun = async (options: RunOptions): Promise<Run> => {
  const { drill, target, number, signal, narrator } = options;
  const ailments = await untilWhole(target, signal);
  const began = Date.now();
  const observation = await observe(target, planOf(drill), narrator);
  const steps = startSteps(observation, narrator, drill.steps.length);
  const outcome = await performSteps(options, observation, steps, ailments);
  await observation.stop();
  const shift = (time: number): number => time - began;
  const { client, events } = observation;
  const { subject, addresses, terms, formula } = target;
  return {
    subject,
    number,
    began,
    took: Date.now() - began,
    ...outcome,
    steps: steps.records().map((step) => relativeStep(step, shift)),
    takeovers: takeoversIn(steps.records(), observation, target).map((one) => relativeTakeover(one, shift)),
    requests: client.requests().map(([start, ...rest]) => [shift(start), ...rest] as const),
    skipped: client.skipped(),
    connections: relativeConnections(connectionsOf(client.connections()), shift),
    events: relativeEvents(events(), shift),
    addresses,
    masterDown: terms.master_down,
    interval: terms.interval,
    formula,
    clocks: target.clocks(),
  };
};
