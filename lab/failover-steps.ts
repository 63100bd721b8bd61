// The steps that cut the master off and bring it back.

import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../base/units.ts';
import { detectionOf, type Router, routerOf } from './configuration.ts';
import {
  allowance,
  answeredBy,
  backInTime,
  lostCleanly,
  noneFailed,
  outlived,
  startedAfter,
  tookOverInTime,
} from './criteria.ts';
import { type Step, until } from './drill.ts';
import { type Established, type EstablishedConnections, keepConnections } from './established.ts';
import type { Namespaces } from './hosts.ts';
import { type Check, checkAddresses, checkNeighbour, checkTable } from './inspection.ts';
import { findOutage, measureOutage } from './outage.ts';
import { inspectInUse, type ProbedScene, reactionLimit, showDirector, watchFor } from './scene.ts';
import { establishedPorts } from './table.ts';
import { findTakeover } from './timeline.ts';
import { type HostName, type Profile, realServerNames, virtualAddress } from './topology.ts';

/** Consecutive good requests that count as restored service. */
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

/** Why a connection cannot outlive its director in a profile; undefined if it can. */
const whyLost: Readonly<Record<Profile, string | undefined>> = {
  gateway: undefined,
  // The kernel's connection synchronisation covers IPVS's entries, not the translation, which is in conntrack.
  seed: 'their source address was translated, by a port that lb0 alone knows',
};
/** The kernel sends a connection to the peer within two seconds. */
const syncLimit = 10_000;

const judgeEstablished = (profile: Profile, connections: readonly Established[], moment: number): readonly Check[] => {
  const why = whyLost[profile];
  return why === undefined ? outlived(connections, moment) : lostCleanly(connections, moment, why);
};

const openConnections = ({ open }: EstablishedConnections): Step<ProbedScene<Namespaces>> => ({
  name: 'Open connections that stay',
  expected: 'keep-alive connections and a download are answered; lb1 receives each where connections are synchronised',
  act: async ({ hosts, profile }) => {
    const began = Date.now();
    const connections = await open(hosts);
    const isKnown = () => {
      const ports = establishedPorts(hosts.readProcNet('lb1', 'ip_vs_conn'));
      return connections.every(({ port }) => port !== undefined && ports.has(port));
    };
    const known: readonly Check[] =
      whyLost[profile] === undefined ? [{ held: await until(isKnown, syncLimit), text: 'lb1 knows each' }] : [];
    return (requests) => ({ checks: [...outlived(connections, began), ...known, noneFailed(requests)] });
  },
});

const cutOff = ({ receivedSince }: EstablishedConnections): Step<ProbedScene<Namespaces>> => ({
  name: 'Cut lb0 off without a farewell',
  expected: `service is back within lb1's master down interval + ${allowance} ms, by the client and by the capture; established connections go on (profile seed: are lost, none hangs)`,
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
    const taken = Date.now();
    await sleep(watchFor);
    // TCP waits ever longer between retransmissions of segments lost in an outage.
    const limit = whyLost[scene.profile] === undefined ? reactionLimit : watchFor;
    const connections = await receivedSince(taken, limit);
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
        ...judgeEstablished(scene.profile, connections, taken),
      ];
      return { checks, cause: cut };
    };
  },
});

/** @param up the hosts that are up, if not all are. */
export const successorServes = (up?: readonly HostName[]): Step<ProbedScene> => ({
  name: 'lb1 serves alone',
  expected: 'lb1 holds the virtual addresses and the whole table; routes are as before; no request fails',
  act: async (scene) => {
    await showDirector(scene, 'lb1');
    const checks = [...(await inspectInUse(scene, 'lb1', up)), await checkNeighbour(scene.hosts, 'lb1')];
    return (requests) => ({ checks: [...checks, noneFailed(requests)] });
  },
});

const bringBack = ({ receivedSince, close }: EstablishedConnections): Step<ProbedScene<Namespaces>> => ({
  name: 'Bring lb0 back',
  // While cut off, lb0 could not reach the real servers; its checks must succeed again before it can serve.
  expected:
    'lb0 is master again, lb1 yields, and the client misses at most rise x interval + timeout of the checks; established connections go on (profile seed: those that are left)',
  act: async ({ hosts, documents, profile }) => {
    const { recovery } = detectionOf(documents.lb0);
    await hosts.mend('lb0');
    const hasYielded = async () => (await checkAddresses(hosts, 'lb1', false)).held;
    const isFound = async () => (await checkNeighbour(hosts, 'lb0')).held;
    await until(async () => (await hasYielded()) && (await isFound()), reactionLimit, 100);
    const yielded = Date.now();
    await sleep(watchFor);
    const connections = await receivedSince(yielded, whyLost[profile] === undefined ? reactionLimit : watchFor);
    await close();
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
      const own = judgeEstablished(profile, connections, yielded);
      return { checks: [...checks, { held: outage <= recovery, text }, ...own] };
    };
  },
});

/** The steps of one drill; they share the connections that should outlive the master. */
export const failoverSteps = (): readonly Step<ProbedScene<Namespaces>>[] => {
  const connections = keepConnections();
  return [steady, openConnections(connections), cutOff(connections), successorServes(), bringBack(connections)];
};
