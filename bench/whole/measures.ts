// Measures of a whole director: time until its table is full, cost, and reaction time.

import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, until } from '../../test/netns/namespaces.ts';
import type { Program } from '../pair.ts';
import { type Director, type Settings, startDirector, virtualAddress } from './programs.ts';
import { openScene, type Scene } from './scene.ts';

/** Milliseconds, percent of one processor, or MiB, by the name of the figure; absent if the program lacks it. */
export type Figures = ReadonlyMap<string, number>;

/** How long the processor is measured, in seconds. */
const watched = 10;
/** Interval of changes of the flapping servers, in milliseconds. */
const flapEvery = 5000;
const patience = 300_000;

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const took = async (action: () => Promise<void> | void): Promise<number> => {
  const from = performance.now();
  await action();
  return performance.now() - from;
};

const get = (socket: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    // No kept connection: the director may have closed it meanwhile.
    const asking = request({ socketPath: socket, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    asking.on('error', reject);
    asking.end();
  });

/** Percent of one processor during `action`: of all processes, and of each. */
const processorDuring = async (director: Director, action: () => Promise<void>): Promise<Map<string, number>> => {
  const [from, before] = [performance.now(), director.processorTime()];
  await action();
  const span = performance.now() - from;
  const shares = [...director.processorTime()].map(([name, spent]): [string, number] => [
    name,
    ((spent - (before.get(name) ?? 0)) / span) * 100,
  ]);
  return new Map(shares);
};

const waitForTable = (director: Director, scene: Scene, servers: number): Promise<void> =>
  until(
    `${servers} servers in the table`,
    () => {
      if (director.hasEnded()) throw new Error(`it ended: ${director.log().slice(-2000)}`);
      return scene.destinations().serving >= servers;
    },
    patience,
  );

const flap = async (scene: Scene): Promise<void> => {
  for (let time = 0; time < watched * 1000; time += flapEvery) {
    scene.setFlapping((time / flapEvery) % 2 === 1);
    await sleep(flapEvery);
  }
  scene.setFlapping(true);
};

/**
 * Changes the weights of `settings.changed` servers: time until the table has them, and the processor time of all processes
 * meanwhile.
 */
const reload = async (
  director: Director,
  scene: Scene,
  settings: Settings,
): Promise<{ readonly span: number; readonly work: number }> => {
  const before = sum(director.processorTime().values());
  const span = await took(async () => {
    director.reload(settings);
    await until('the table as configured', () => scene.destinations().changed === settings.changed, patience);
  });
  return { span, work: sum(director.processorTime().values()) - before };
};

const cableOf = (host: number) => ({ interface: 'cable', addresses: [`10.55.1.${host}/24`] });

const holdsAddress = ({ namespace }: Scene): boolean =>
  namespace.enter(networkInterfaces).cable?.some(({ address }) => address === virtualAddress) === true;

/** From the death of a master of everything until the other host holds the address. */
const measureFailover = async (
  program: Program,
  master: Director,
  [first, second]: readonly [Scene, Scene],
  settings: Settings,
): Promise<number> => {
  await until('the first is master', () => holdsAddress(first), patience);
  const backup = startDirector(program, second, { ...settings, priority: 100 });
  try {
    await waitForTable(backup, second, settings.servers);
    await sleep(3000);
    return await took(async () => {
      master.kill();
      await until('the second holds the address', () => holdsAddress(second), patience);
    });
  } finally {
    backup.kill();
    await backup.close();
  }
};

export const measureDirector = async (program: Program, servers: number): Promise<Figures> => {
  const scene = await openScene('whole');
  const other = await openScene('other');
  const settings: Settings = { servers, changed: 0, interface: 'cable', priority: 150 };
  connect({ namespace: scene.namespace, ...cableOf(11) }, { namespace: other.namespace, ...cableOf(12) });
  const figures = new Map<string, number>();
  let director: Director | undefined;
  try {
    const running = startDirector(program, scene, settings);
    director = running;
    figures.set('start to full table, ms', await took(() => waitForTable(running, scene, servers)));
    figures.set('processor until then, ms', sum(running.processorTime().values()));
    await sleep(8000);
    const atRest = await processorDuring(running, () => sleep(watched * 1000));
    figures.set('processor at rest, %', sum(atRest.values()));
    if (program === 'regent') for (const [name, share] of atRest) figures.set(`  of it ${name}, %`, share);
    const held = running.memory();
    figures.set('memory (PSS), MiB', sum(held.values()));
    if (program === 'regent') for (const [name, share] of held) figures.set(`  of it ${name}, MiB`, share);
    const flapping = await processorDuring(running, () => flap(scene));
    figures.set('processor, 10 % flapping, %', sum(flapping.values()));
    await waitForTable(running, scene, servers);
    await sleep(2000);
    const one = await reload(running, scene, { ...settings, changed: 1 });
    figures.set('reload that changes one server, ms', one.span);
    figures.set('  processor time meanwhile, ms', one.work);
    await sleep(2000);
    const many = Math.min(1000, servers);
    figures.set(`reload that changes ${many}, ms`, (await reload(running, scene, { ...settings, changed: many })).span);
    if (program === 'regent') {
      await sleep(2000);
      const asked = running;
      figures.set('regent status, ms', await took(() => void asked.regent('status')));
      figures.set('GET /v1/status, ms', await took(async () => void (await get(asked.socket, '/v1/status'))));
      figures.set('GET /metrics, ms', await took(async () => void (await get(asked.socket, '/metrics'))));
      const turns = (await get(asked.socket, '/metrics')).matchAll(
        /^regent_longest_turn_seconds\{.*?process="(\w+)".*?\} (\S+)$/gm,
      );
      for (const [, name = '', seconds] of turns) figures.set(`longest turn of ${name}, ms`, Number(seconds) * 1000);
      figures.set('memory at the end, MiB', sum(running.memory().values()));
    }
    figures.set('failover with a full table, ms', await measureFailover(program, running, [scene, other], settings));
    return figures;
  } finally {
    director?.kill();
    await director?.close();
    other.close();
    scene.close();
  }
};
