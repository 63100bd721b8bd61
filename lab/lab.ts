// One run of the lab on this machine: sets the stage, runs the drill with the log in between, and returns the report.

import { drainSteps } from './drain-steps.ts';
import { type Narrator, runStep, type Step } from './drill.ts';
import { failoverSteps } from './failover-steps.ts';
import type { Hosts, Namespaces } from './hosts.ts';
import { type Paint, renderLine, renderProgress, renderVerdict } from './log.ts';
import { openingSteps } from './opening-steps.ts';
import { type Pace, type Prober, startProber } from './prober.ts';
import type { Report, StepReport, TakeoverReport } from './report.ts';
import type { ProbedScene, Scene } from './scene.ts';
import { type Stage, setStage } from './stage.ts';
import type { Profile } from './topology.ts';

export type LabOptions = {
  /** Prefix of all names in the lab; see teardown.ts. */
  readonly prefix: string;
  readonly profile: Profile;
  readonly print: (text: string) => void;
  readonly paint: Paint;
};

const indent = (text: string): string => text.replace(/^/gm, '    ');

/** Sets the stage, with the directors' log merged into the output. @throws as {@link setStage} does. */
export const openLab = ({ prefix, profile, print, paint }: LabOptions): Promise<Stage<Namespaces>> => {
  print(`Booting lb0, lb1, rs0, rs1 and cl0 as network namespaces ${prefix}-*, profile ${profile}`);
  return setStage(prefix, profile, (line, name) => print(renderLine(line, name, paint)));
};

/** The steps of a drill, before, with and after the client. */
export type Drill<Kind extends Hosts> = {
  readonly opening: readonly Step<Scene<Kind>>[];
  readonly probed: readonly Step<ProbedScene<Kind>>[];
  /** After the client has ended. */
  readonly closing: readonly Step<Scene<Kind>>[];
  /** The client's pace. */
  readonly pace?: Pace;
};

/** Runs a plan on a stage. @returns the report, with failed steps. */
export const performDrill = async <Kind extends Hosts>(
  stage: Stage<Kind>,
  { opening, probed, closing, pace }: Drill<Kind>,
  { profile, print, paint }: Omit<LabOptions, 'prefix'>,
  began: Date,
): Promise<Report> => {
  const total = opening.length + probed.length + closing.length;
  const steps: StepReport[] = [];
  const narrator: Narrator = {
    onBegin: (name) => print(renderProgress(steps.length + 1, total, name, paint)),
    onEnd: ({ held, seen }) => print(renderVerdict(held, seen, paint)),
  };
  const runAll = async <Scene extends { readonly prober?: Prober }>(list: readonly Step<Scene>[], scene: Scene) => {
    for (const step of list) steps.push(await runStep(step, scene, narrator));
  };

  const scene = { ...stage, show: (text: string) => print(`\n${indent(text)}\n`) };
  let takeover: TakeoverReport | undefined;
  await runAll(opening, scene);
  // Without service at the start there is nothing to measure, and every step would wait for its limit.
  if (steps.every(({ held }) => held)) {
    const prober = await startProber(stage.hosts, pace);
    const recordTakeover = (found: TakeoverReport) => {
      takeover = found;
    };
    await runAll(probed, { ...scene, prober, recordTakeover });
    await prober.stop();
    await runAll(closing, scene);
  }
  await stage.capture.stop();

  return {
    profile,
    held: steps.length === total && steps.every(({ held }) => held),
    began: began.toISOString(),
    took: Date.now() - began.getTime(),
    steps,
    ...(takeover === undefined ? {} : { takeover }),
  };
};

/** Sets up the lab and runs the whole drill. @throws if the stage cannot be set; a failed step is in the report. */
export const runDrill = async (options: LabOptions): Promise<Report> => {
  const began = new Date();
  const plan = { opening: openingSteps, probed: [...failoverSteps(), ...drainSteps()], closing: [] };
  return performDrill(await openLab(options), plan, options, began);
};
