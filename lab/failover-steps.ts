// The steps that cut the master off and bring it back.

import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../config/units.ts';
import { detectionOf, type Router, routerOf } from './configuration.ts';
import { type Step, until } from './drill.ts';
import type { Namespaces } from './hosts.ts';
import { checkAddresses, checkNeighbour, checkTable } from './inspection.ts';
import { allowance, answeredBy, backInTime, noneFailed, startedAfter, tookOverInTime } from './judgement.ts';
import { findOutage, measureOutage } from './outage.ts';
import { inspectInUse, type ProbedScene, reactionLimit, showDirector, watchFor } from './scene.ts';
import { findTakeover } from './timeline.ts';
import { type HostName, realServerNames, virtualAddress } from './topology.ts';

/** How many good requests in a row count as service. */
export const enoughGood = 25;

export const explain = ({ downAfter, interval, priority, masterDown }: Router): string =>
  `${downAfter} x ${formatDuration(interval)} + ${256 - priority}/256 of it = ${formatDuration(masterDown)}`;

export const steady: Step<ProbedScene> = {
  name: 'Steady service',
  expected: 'no request fails, both real servers answer',
  act: async () => {
    await sleep(2000);
    return (requests) => ({ checks: [noneFailed(requests), answeredBy(requests, realServerNames, 'throughout')] });
  },
};

const cutOff: Step<ProbedScene<Namespaces>> = {
  name: 'Cut lb0 off without a farewell',
  expected: `service is back within lb1's master down interval + ${allowance} ms, by the client and by the capture`,
  act: async (scene) => {
    const { hosts, capture, prober, documents, recordTakeover } = scene;
    const router = routerOf(documents.lb1, virtualAddress);
    const cut = Date.now();
    await hosts.cut('lb0');
    const isBack = () => {
      const requests = prober.since(cut);
      return findOutage(requests) !== undefined && requests.slice(-enoughGood).every(({ ok }) => ok);
    };
    await until(isBack, router.masterDown + reactionLimit);
    await sleep(watchFor);
    return (requests) => {
      const restored = findOutage(requests)?.restored;
      const question = { from: 'lb0', to: 'lb1', cut, address: virtualAddress, routerId: router.routerId } as const;
      const known = restored === undefined ? {} : { firstGoodRequest: restored };
      const takeover = findTakeover(capture.sightings(), { ...question, ...known });
      recordTakeover({ ...takeover, masterDown: router.masterDown, formula: explain(router) });
      const isUsed = answeredBy(startedAfter(requests, restored ?? cut), realServerNames, 'afterwards');
      const checks = [
        backInTime(requests, cut, router.masterDown),
        tookOverInTime(takeover, router.masterDown),
        isUsed,
      ];
      return { checks, cause: cut };
    };
  },
};

/** @param up the hosts that are up, when not all are. */
export const successorServes = (up?: readonly HostName[]): Step<ProbedScene> => ({
  name: 'lb1 serves alone',
  expected: 'lb1 holds the virtual addresses and the whole table; routes are as before; no request fails',
  act: async (scene) => {
    await showDirector(scene, 'lb1');
    const checks = [...(await inspectInUse(scene, 'lb1', up)), await checkNeighbour(scene.hosts, 'lb1')];
    return (requests) => ({ checks: [...checks, noneFailed(requests)] });
  },
});

const bringBack: Step<ProbedScene<Namespaces>> = {
  name: 'Bring lb0 back',
  // Cut off, lb0 lost sight of the real servers; it must see them again before it can serve.
  expected: 'lb0 is master again, lb1 yields, and the client misses at most rise x interval + timeout of the checks',
  act: async ({ hosts, documents }) => {
    const { recovery } = detectionOf(documents.lb0);
    await hosts.mend('lb0');
    const hasYielded = async () => (await checkAddresses(hosts, 'lb1', false)).held;
    const isFound = async () => (await checkNeighbour(hosts, 'lb0')).held;
    await until(async () => (await hasYielded()) && (await isFound()), reactionLimit, 100);
    await sleep(watchFor);
    const checks = await Promise.all([
      checkAddresses(hosts, 'lb0', true),
      checkAddresses(hosts, 'lb1', false),
      checkNeighbour(hosts, 'lb0'),
      checkTable(hosts, 'lb0', true),
    ]);
    return (requests) => {
      const outage = measureOutage(requests);
      const text = Number.isFinite(outage)
        ? `away for ${outage} ms (limit ${recovery} ms)`
        : 'the service did not come back';
      return { checks: [...checks, { held: outage <= recovery, text }] };
    };
  },
};

export const failoverSteps: readonly Step<ProbedScene<Namespaces>>[] = [steady, cutOff, successorServes(), bringBack];
