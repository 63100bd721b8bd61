// The steps that take a real server out of rotation and back: by command while it runs, and by its death.

import { setTimeout as sleep } from 'node:timers/promises';
import { detectionOf } from './configuration.ts';
import { answeredBy, costsItsShare, noneFailed, startedAfter } from './criteria.ts';
import { type Step, until } from './drill.ts';
import type { Check } from './inspection.ts';
import { isIdle, isInRotation, isOutOfRotation, type ProbedScene, reactionLimit, readRow, watchFor } from './scene.ts';
import { directorNames, realServerNames } from './topology.ts';

const pollEvery = 10;

/**
 * One director after the other, the backup first: two programs starting at once would starve the client on an emulated processor.
 */
const onBoth = async ({ directors }: ProbedScene, ...command: readonly string[]): Promise<void> => {
  for (const name of [...directorNames].reverse()) await directors[name].command(...command);
};

const stuckWindow = 1000;

/** Connections of rs0 that never end, because their clients were lost: the smallest count in the table during a window. */
const countStuck = async (scene: ProbedScene): Promise<number> => {
  let fewest = Number.POSITIVE_INFINITY;
  const end = performance.now() + stuckWindow;
  while (performance.now() < end) {
    fewest = Math.min(fewest, Math.max(...directorNames.map((name) => readRow(scene, name)?.active ?? 0)));
    await sleep(pollEvery);
  }
  // A client that always sends hides stuck connections among active ones, so count those it knows to be broken, too.
  const broken = scene.prober.since(0).filter(({ ok, connected }) => !ok && connected !== undefined).length;
  return Math.max(fewest, broken);
};

const outOfRotation = (held: boolean): Check => ({ held, text: 'weight 0 on both directors' });
const inRotation = (held: boolean): Check => ({ held, text: 'weight 100 on both directors' });

/** Waits until rs0 takes connections again, and watches who answers then. */
const watchReturn = async (scene: ProbedScene): ReturnType<Step<ProbedScene>['act']> => {
  const isIn = await until(() => isInRotation(scene), reactionLimit, pollEvery);
  const moment = Date.now();
  await sleep(watchFor);
  return (requests) => {
    const later = startedAfter(requests, moment);
    return { checks: [inRotation(isIn), noneFailed(requests), answeredBy(later, realServerNames, 'from then on')] };
  };
};

const drain: Step<ProbedScene> = {
  name: 'Drain rs0 while it lives',
  expected: 'no request fails; from weight 0 on rs1 answers alone',
  act: async (scene) => {
    const stuck = await countStuck(scene);
    await onBoth(scene, 'drain', 'rs0');
    const isOut = await until(() => isOutOfRotation(scene), reactionLimit, pollEvery);
    const moment = Date.now();
    const idle = await until(() => isIdle(scene, stuck), reactionLimit);
    await sleep(watchFor);
    const checks = [outOfRotation(isOut), { held: idle, text: 'rs0 is idle' }];
    return (requests) => {
      const later = startedAfter(requests, moment);
      return { checks: [...checks, noneFailed(requests), answeredBy(later, ['rs1'], 'from then on')] };
    };
  },
};

const undrain: Step<ProbedScene> = {
  name: 'Take rs0 back',
  expected: 'no request fails; both real servers answer again',
  act: async (scene) => {
    await onBoth(scene, 'undrain', 'rs0');
    return watchReturn(scene);
  },
};

/** @param late how much later than computed the death may be noticed, in milliseconds. */
const stopServer = (late: number): Step<ProbedScene> => ({
  name: "Stop rs0's web server",
  expected: 'it costs at most fall x interval + timeout of its share, and nothing once the table shows weight 0',
  act: async (scene) => {
    const detection = detectionOf(scene.documents.lb0).death + late;
    const death = Date.now();
    await scene.webServers.rs0.stop();
    const isOut = await until(() => (readRow(scene, 'lb0')?.weight ?? 0) === 0, reactionLimit, pollEvery);
    const moment = Date.now();
    const isGone = await until(() => directorNames.every((name) => readRow(scene, name) === undefined), reactionLimit);
    await sleep(watchFor);
    scene.show(`lb0# ipvsadm -L -n\n${(await scene.hosts.run('lb0', ['ipvsadm', '-L', '-n'])).trimEnd()}`);
    const checks = [outOfRotation(isOut), { held: isGone, text: 'rs0 left both tables' }];
    return (requests) => {
      const later = startedAfter(requests, moment);
      return {
        checks: [
          ...checks,
          costsItsShare(requests, death, detection, 1 / realServerNames.length),
          noneFailed(later, ' since weight 0'),
          answeredBy(later, ['rs1'], 'since'),
        ],
      };
    };
  },
});

const startServer: Step<ProbedScene> = {
  name: "Start rs0's web server again",
  expected: 'weight 100 again on both directors; no request fails; both real servers answer',
  act: async (scene) => {
    await scene.webServers.rs0.start();
    return watchReturn(scene);
  },
};

/** @param late how much later than computed a real server's death may be noticed, in milliseconds. */
export const drainSteps = (late = 0): readonly Step<ProbedScene>[] => [drain, undrain, stopServer(late), startServer];
