// Four directors with BIRD and FRR behind a router of FRR: what is established outlives the loss and the return of any of them.

import assert from 'node:assert/strict';
import { openFleet, performOnFleet } from '../../../lab/anycast/run.ts';
import { fleetEvents, openingSteps } from '../../../lab/anycast/steps.ts';
import { plain } from '../../../lab/log.ts';
import type { StepReport } from '../../../lab/report.ts';
import { renderReport } from '../../../lab/report.ts';
import { prefixOf, remainsOf, tearDown } from '../../../lab/teardown.ts';

const plan = { directors: ['bird', 'frr', 'bird', 'frr'], router: 'frr', servers: 3, lease: 6, holdTime: 18 } as const;
const connections = 120;
const steps = [
  ...openingSteps,
  // FRR goes on announcing an address that is drained carelessly.
  ...fleetEvents.handover(1),
  ...fleetEvents.kill(2),
  ...fleetEvents.freeze(3),
  ...fleetEvents.cut(0),
];

describe('a fleet of four directors', function () {
  this.timeout(600_000);
  const prefix = prefixOf(process.pid);
  const said: string[] = [];
  let reports: readonly StepReport[] = [];

  before(async () => {
    const options = { prefix, print: (text: string) => void said.push(text), paint: plain };
    const report = await performOnFleet(await openFleet(options, plan), steps, { ...options, connections });
    reports = report.steps;
    process.stdout.write(renderReport(report, plain));
  });
  after(() => {
    tearDown(prefix);
    assert.deepEqual(remainsOf(prefix), []);
  });

  for (const [index, { name, expected }] of steps.entries())
    it(`${name}: ${expected}`, () => {
      const report = reports[index];
      assert.ok(report?.held, `${report?.seen ?? 'the step was not reached'}\n${said.slice(-60).join('\n')}`);
    });
});
