// The steps before the client starts: regent takes up the service, and everything matches the seed.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Step, until } from './drill.ts';
import { checkAddresses, checkTable } from './inspection.ts';
import { bootLimit, inspectAtRest, type Scene, showDirector } from './scene.ts';
import { directorNames } from './topology.ts';

const readiness = async ({ hosts }: Scene) =>
  Promise.all(
    directorNames.flatMap((name) => [checkAddresses(hosts, name, name === 'lb0'), checkTable(hosts, name, false)]),
  );

const takeUp: Step<Scene> = {
  name: 'regent starts on both directors',
  expected: 'lb0 is master and holds the virtual addresses, lb1 none; both hold the whole table',
  act: async (scene) => {
    const { directors } = scene;
    const hasEnded = () => directorNames.some((name) => directors[name].ended() !== undefined);
    await until(async () => hasEnded() || (await readiness(scene)).every(({ held }) => held), bootLimit, 200);
    const ends = directorNames.flatMap((name) => {
      const end = directors[name].ended();
      return end === undefined ? [] : [{ held: false, text: `regent on ${name} running: it ${end}` }];
    });
    const checks = [...(await readiness(scene)), ...ends];
    return () => ({ checks });
  },
};

const showAll: Step<Scene> = {
  name: 'Addresses, routes and table',
  expected: "the seed's table to the letter on both directors; every address and route as planned",
  act: async (scene) => {
    await sleep(500);
    await showDirector(scene, 'lb0');
    scene.show(`rs0# ip -4 route show\n${(await scene.hosts.run('rs0', ['ip', '-4', 'route', 'show'])).trimEnd()}`);
    const checks = await inspectAtRest(scene, 'lb0');
    return () => ({ checks });
  },
};

export const openingSteps: readonly Step<Scene>[] = [takeUp, showAll];
