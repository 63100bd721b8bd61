// One run of the fleet: sets it up, performs the steps under established connections, and returns the report.

import { type Narrator, runStep, type Step } from '../drill.ts';
import { type Paint, renderLine, renderProgress, renderVerdict } from '../log.ts';
import { startProber } from '../prober.ts';
import type { Report, StepReport } from '../report.ts';
import { holdConnections } from './connections.ts';
import { type Fleet, setUpFleet } from './fleet.ts';
import { client, type FleetPlan, serversOf, servicePort, virtualAddresses } from './plan.ts';
import { type FleetScene, fleetSteps } from './steps.ts';

/** The lab's own fleet: both routing daemons. */
export const usualFleet: FleetPlan = {
  directors: ['bird', 'frr', 'bird'],
  router: 'bird',
  servers: 3,
  lease: 3,
  holdTime: 6,
};

export type FleetOptions = {
  /** Prefix of all names; see teardown.ts. */
  readonly prefix: string;
  readonly print: (text: string) => void;
  readonly paint: Paint;
  /** How many connections are established. */
  readonly connections: number;
};

/** New connections are opened at this pace, beside those that stay. */
const pace = { every: 50, timeout: 1000, answerTimeout: 5000 };

const indent = (text: string): string => text.replace(/^/gm, '    ');

/** Sets the fleet up, with the directors' log merged into the output. */
export const openFleet = (
  { prefix, print, paint }: Omit<FleetOptions, 'connections'>,
  plan = usualFleet,
): Promise<Fleet> => {
  const daemons = plan.directors.map((type, index) => `lb${index} (${type})`).join(', ');
  print(
    `Booting ${daemons}, r0 (${plan.router}), ${serversOf(plan).join(', ')} and cl0 as network namespaces ${prefix}-*`,
  );
  return setUpFleet(prefix, plan, (line, name) => print(renderLine(line, name, paint)));
};

/** Performs steps on a fleet. @returns the report, with failed steps. */
export const performOnFleet = async (
  fleet: Fleet,
  steps: readonly Step<FleetScene>[],
  { print, paint, connections: count }: Omit<FleetOptions, 'prefix'>,
): Promise<Report> => {
  const began = new Date();
  const reports: StepReport[] = [];
  const narrator: Narrator = {
    onBegin: (name) => print(renderProgress(reports.length + 1, steps.length, name, paint)),
    onEnd: ({ held, seen }) => print(renderVerdict(held, seen, paint)),
  };
  const command = [...fleet.program('anycast/connections-client'), String(servicePort), String(count)];
  const connections = holdConnections(() =>
    fleet.hosts.start(client, [...command, ...virtualAddresses], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const scene: FleetScene = { ...fleet, connections, count, show: (text) => print(`\n${indent(text)}\n`) };
  const [first, ...others] = steps;
  if (first !== undefined) reports.push(await runStep(first, scene, narrator));
  // Without routes at the start there is nothing to measure, and every step would wait for its limit.
  if (reports.every(({ held }) => held)) {
    const host = { start: fleet.hosts.start, program: fleet.program, clockAhead: () => 0 };
    const prober = await startProber(host, pace, virtualAddresses[0]);
    for (const step of others) reports.push(await runStep(step, { ...scene, prober }, narrator));
    await prober.stop();
  }
  await connections.close();
  return {
    profile: 'anycast',
    servers: serversOf(fleet.plan),
    held: reports.length === steps.length && reports.every(({ held }) => held),
    began: began.toISOString(),
    took: Date.now() - began.getTime(),
    steps: reports,
  };
};

/** Sets the fleet up and runs the whole course. @throws if it cannot be set up; a failed step is in the report. */
export const runFleet = async (options: FleetOptions, plan = usualFleet): Promise<Report> =>
  performOnFleet(await openFleet(options, plan), fleetSteps(), options);
