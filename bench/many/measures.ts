// Measures of two directors with many routers: at rest, at a silent cut and the return, at a planned stop and at SIGKILL.

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/netns/namespaces.ts';
import { closeHosts, ended, type Host, hasEnded, processesOf, signal } from '../../test/netns/vrrp/hosts.ts';
import { heldBy, openSwitchedHosts, routersOf, type Shape } from '../../test/netns/vrrp/many-routers.ts';
import type { Program } from '../pair.ts';
import { memory, processorTime } from '../usage.ts';
import { configure } from './programs.ts';

/** Seconds, percent of one processor, MiB, or addresses, by the name of the figure. */
export type Figures = ReadonlyMap<string, number>;

/** How long the processor is measured, in seconds. */
const watched = 10;
/** Time for the announcements and logs of a change, in milliseconds. */
const calm = 5000;
const patience = 120_000;

const secondsOf = async (action: () => Promise<void>): Promise<number> => {
  const from = performance.now();
  await action();
  return (performance.now() - from) / 1000;
};

const shareOf = async (hosts: readonly Host[]): Promise<number[]> => {
  const spent = (): number[] => hosts.map(({ directory }) => processorTime(processesOf(directory)));
  const [from, before] = [performance.now(), spent()];
  await sleep(watched * 1000);
  const [span, after] = [performance.now() - from, spent()];
  return after.map((time, index) => ((time - (before[index] ?? 0)) / span) * 100);
};

const untilSeen = (what: string, condition: () => boolean): Promise<void> =>
  until(
    what,
    async () => {
      await sleep(15);
      return condition();
    },
    patience,
  );

export const measureMany = async (program: Program, shape: Shape): Promise<Figures> => {
  const figures = new Map<string, number>();
  const all = routersOf(shape).length * shape.addressesEach;
  const { hosts, cut, close } = openSwitchedHosts(shape);
  const [master, backup] = hosts;
  const holdsAll = (host: Host) => () => heldBy(host) === all;
  const settled = (): boolean => heldBy(backup) === 0 && heldBy(master) === all;
  const start = (host: Host, priority: number): ChildProcess => {
    const [command = '', ...args] = configure(program, host, shape, priority);
    return host.start(command, ...args);
  };
  try {
    let running = start(master, 150);
    figures.set('start, s', await secondsOf(() => untilSeen('the first host is master', holdsAll(master))));
    start(backup, 100);
    await sleep(2 * calm);
    const [ofMaster = 0, ofBackup = 0] = await shareOf(hosts);
    figures.set('processor at rest, master, %', ofMaster);
    figures.set('processor at rest, backup, %', ofBackup);
    figures.set('memory (PSS), master, MiB', memory(processesOf(master.directory)));

    cut(true);
    figures.set('silent cut, all taken over, s', await secondsOf(() => untilSeen('the takeover', holdsAll(backup))));
    await sleep(calm);
    const joined = performance.now();
    cut(false);
    await sleep(1000);
    figures.set('return, left on the backup a second later', heldBy(backup));
    await untilSeen('the return', settled);
    figures.set('return, settled, s', (performance.now() - joined) / 1000);
    await sleep(calm);

    const stopped = performance.now();
    running.kill('SIGTERM');
    const after = (): number => (performance.now() - stopped) / 1000;
    const ending = ended(running, patience).then(() => figures.set('planned stop, process ended, s', after()));
    await untilSeen('the takeover', holdsAll(backup));
    figures.set('planned stop, all taken over, s', after());
    await ending;
    await sleep(calm);

    running = start(master, 150);
    figures.set('start beside a master, settled, s', await secondsOf(() => untilSeen('the return', settled)));
    await sleep(2 * calm);
    const pids = processesOf(master.directory);
    for (const name of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) signal(pid, name);
    figures.set('SIGKILL, the other has all, s', await secondsOf(() => untilSeen('the takeover', holdsAll(backup))));
    await until('the processes end', () => hasEnded(running));
    return figures;
  } catch (error) {
    process.stderr.write(`${hosts.map((host) => host.log().slice(-1500)).join('\n---\n')}\n`);
    throw error;
  } finally {
    await closeHosts(hosts);
    close();
  }
};
