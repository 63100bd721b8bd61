// The steps that only machines can take: shutdown, power cut, cold boot, and all of them shut down and booted again.

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sighting } from '../capture.ts';
import { configurationOf, type Router, routerOf } from '../configuration.ts';
import { answeredBy, backInTime, noneFailed, startedAfter, tookOverInTime } from '../criteria.ts';
import { type Finding, type Step, until } from '../drill.ts';
import { enoughGood, explain } from '../failover-steps.ts';
import { type Check, checkAddresses, checkNeighbour, checkTable } from '../inspection.ts';
import { type Attempt, findOutage, measureLongestOutage, tally } from '../outage.ts';
import { bootLimit, inspectAtRest, type ProbedScene, reactionLimit, readRow, type Scene, watchFor } from '../scene.ts';
import { findTakeover } from '../timeline.ts';
import {
  directorNames,
  hostNames,
  type NetworkName,
  realServerNames,
  servicePort,
  virtualAddress,
  virtualAddresses,
} from '../topology.ts';
import { oneHolder } from './holders.ts';
import { inside, startInside } from './isolation.ts';
import type { Machines } from './machines.ts';
import { configFolder, copiedConfigFolder } from './places.ts';
import { domainOf } from './vagrant.ts';

/** How much later than computed anything may come, in milliseconds: five machines share the processors. */
export const late = 1000;

const successorOf = ({ documents }: Scene): Router => routerOf(documents.lb1, virtualAddress);

const serviceIsBack = async ({ prober }: ProbedScene, since: number, limit: number): Promise<void> => {
  const isBack = () => {
    const requests = prober.since(since);
    return requests.length >= enoughGood && requests.slice(-enoughGood).every(({ ok }) => ok);
  };
  await until(isBack, limit);
  await sleep(watchFor);
};

const awayFor = (requests: readonly Attempt[], limit: number): Check => {
  const outage = measureLongestOutage(requests);
  const { made, failed } = tally(requests);
  const limits = `limit ${Math.round(limit)} ms`;
  const text = `away for ${Math.round(outage)} ms at a time (${limits}), ${failed} of ${made} requests failed`;
  return { held: outage <= limit, text };
};

const halt: Step<ProbedScene<Machines>> = {
  name: 'vagrant halt lb0',
  expected: `the client misses at most lb1's master down interval + ${late} ms, and both real servers answer afterwards`,
  act: async (scene) => {
    const { masterDown } = successorOf(scene);
    await scene.hosts.vagrant('halt', 'lb0');
    const halted = Date.now();
    await serviceIsBack(scene, halted, masterDown + reactionLimit);
    return (requests) => ({
      checks: [
        awayFor(requests, masterDown + late),
        answeredBy(startedAfter(requests, halted), realServerNames, 'afterwards'),
      ],
    });
  },
};

/** Power off, like a pulled plug: no last advertisement. */
const cutPower: Step<ProbedScene<Machines>> = {
  name: "Cut lb0's power",
  expected: `service is back within lb1's master down interval + ${late} ms, by the client and by the capture`,
  act: async (scene) => {
    const { capture, hosts, recordTakeover } = scene;
    const router = successorOf(scene);
    const cut = Date.now();
    const [program = '', ...args] = inside(hosts.isolation, ['virsh', 'destroy', domainOf('lb0')]);
    execFileSync(program, args, { stdio: 'ignore' });
    await sleep(router.masterDown);
    await serviceIsBack(scene, cut + router.masterDown, reactionLimit);
    return (requests): Finding => {
      const restored = findOutage(requests)?.restored;
      const question = { from: 'lb0', to: 'lb1', cut, address: virtualAddress, routerId: router.routerId } as const;
      const takeover = findTakeover(capture.sightings(), {
        ...question,
        ...(restored === undefined ? {} : { firstGoodRequest: restored }),
      });
      recordTakeover({ ...takeover, masterDown: router.masterDown, formula: explain(router) });
      const checks = [
        backInTime(requests, cut, router.masterDown, late),
        tookOverInTime(takeover, router.masterDown, late),
        answeredBy(startedAfter(requests, restored ?? cut), realServerNames, 'afterwards'),
      ];
      return { checks, cause: cut };
    };
  },
};

// One process per request, since arping sends once a second at most, and broadcasts only its first request.
const ask = 'while :; do arping -q -c 1 -w 1 -I "$0" "$1" & sleep 0.2; done';

/** Broadcasts ARP requests for the virtual addresses, five times a second: the current holder answers. */
const askForHolders = ({ hosts, profile }: Scene<Machines>): (() => void) => {
  const askers = virtualAddresses(profile).map(({ address }) => {
    const bridge = hosts.bridgeOf(address.split('.')[2] as NetworkName);
    return startInside(hosts.isolation, ['sh', '-c', ask, bridge, address], { stdio: ['ignore', 'ignore', 'ignore'] });
  });
  return () => {
    for (const asker of askers) asker.kill('SIGKILL');
  };
};

const isMasterAgain = async ({ hosts }: Scene): Promise<boolean> => {
  const checks = await Promise.all(directorNames.map((name) => checkAddresses(hosts, name, name === 'lb0')));
  return checks.every(({ held }) => held) && (await checkNeighbour(hosts, 'lb0')).held;
};

const boot: Step<ProbedScene<Machines>> = {
  name: 'vagrant up lb0',
  // lb0 preempts once it has listened long enough, and serves once its checks succeed, the time of a program start later.
  expected: `booted cold, lb0 is master again and lb1 yields; no moment with two holders; the client misses at most lb1's master down interval + ${late} ms`,
  act: async (scene) => {
    const { capture, hosts, profile } = scene;
    const { masterDown } = successorOf(scene);
    const began = Date.now();
    const stopAsking = askForHolders(scene);
    try {
      await hosts.bringUp(['lb0']);
      await until(() => isMasterAgain(scene), bootLimit, 500);
      await sleep(3 * watchFor);
    } finally {
      stopAsking();
    }
    const since = (seen: readonly Sighting[]) => seen.filter(({ time }) => time >= began);
    const checks = [
      ...(await Promise.all([
        checkAddresses(hosts, 'lb0', true),
        checkAddresses(hosts, 'lb1', false),
        checkNeighbour(hosts, 'lb0'),
        checkTable(hosts, 'lb0', true),
      ])),
      ...virtualAddresses(profile).map(({ address }) =>
        oneHolder(since(capture.sightings()), address, { from: 'lb1', to: 'lb0' }),
      ),
    ];
    return (requests) => ({ checks: [...checks, awayFor(requests, masterDown + late)] });
  },
};

const editedWeight = 50;

const edit: Step<ProbedScene<Machines>> = {
  name: 'Edit lb0.yaml, vagrant provision lb0',
  expected: `rs0's weight is ${editedWeight} on lb0 alone, then as before; no request fails, and only lb0 advertises`,
  act: async (scene) => {
    const { capture, hosts, profile } = scene;
    const file = join(
      copiedConfigFolder(hosts.isolation.folder),
      relative(configFolder, configurationOf('lb0', profile)),
    );
    const text = await readFile(file, 'utf8');
    const edited = text.replace(/(name: rs0,.*weight: )100/, `$1${editedWeight}`);
    const began = Date.now();
    const provision = async (content: string): Promise<string> => {
      await writeFile(file, content);
      await hosts.vagrant('provision', 'lb0');
      return directorNames.map((name) => `${readRow(scene, name)?.weight} on ${name}`).join(', ');
    };
    const weights = [await provision(edited), await provision(text)];
    await sleep(watchFor);
    const advertisers = new Set(
      capture.sightings().flatMap(({ type, time, by }) => (type === 'advertisement' && time >= began ? [by] : [])),
    );
    const checks: Check[] = [
      {
        held: weights.join() === [`${editedWeight} on lb0, 100 on lb1`, '100 on lb0, 100 on lb1'].join(),
        text: `weight ${weights.join(', then ')}`,
      },
      { held: [...advertisers].join() === 'lb0', text: `advertised by ${[...advertisers].join(' and ')}` },
    ];
    return (requests) => ({ checks: [...checks, noneFailed(requests)] });
  },
};

const bootAll: Step<Scene<Machines>> = {
  name: 'vagrant halt, vagrant up',
  expected: 'after a cold boot of all five everything is back without a hand: addresses, routes, tables, service',
  act: async (scene) => {
    const { hosts } = scene;
    await hosts.vagrant('halt');
    await hosts.bringUp(hostNames);
    const isWhole = async () => (await inspectAtRest(scene, 'lb0')).every(({ held }) => held);
    await until(isWhole, bootLimit, 1000);
    const checks = await inspectAtRest(scene, 'lb0');
    const url = `http://${virtualAddress}:${servicePort}/`;
    const answers = await hosts.run('cl0', [
      'curl',
      '-s',
      '-m',
      '5',
      '-H',
      'Connection: close',
      ...Array.from({ length: 4 }, () => url),
    ]);
    const names = [...new Set(answers.trim().split('\n'))].sort();
    const isServed = names.join() === realServerNames.join();
    const served: Check = { held: isServed, text: `answered by ${names.join(' and ')}` };
    return () => ({ checks: [...checks, served] });
  },
};

export const steps = { halt, boot, cutPower, edit, bootAll } as const;
