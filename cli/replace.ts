// `regent replace`: replaces a process's program with the installed one, and waits until that is done.

import { setTimeout as sleep } from 'node:timers/promises';
import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import type { ProgramStatus } from '../controller/processes/programs.ts';
import { WrongUsage } from './exit-codes.ts';

const pollEvery = 100;
/** Longer than any start takes, in milliseconds. */
const patience = 60_000;

const programsOf = async (socket: string): Promise<readonly ProgramStatus[]> =>
  ((await askDirector(socket, 'GET', '/v1/status')) as Status).programs;

const replaceOne = async (socket: string, before: ProgramStatus, force: boolean): Promise<void> => {
  const { name, pid, build = 'none' } = before;
  await askDirector(socket, 'POST', `/v1/processes/${name}/replace`, { force });
  for (const deadline = performance.now() + patience; ; await sleep(pollEvery)) {
    const now = (await programsOf(socket)).find((program) => program.name === name);
    if (now?.lastLoss !== undefined && now.lastLoss.at !== before.lastLoss?.at)
      throw new Error(`${name} was lost: ${now.lastLoss.why}`);
    // A process that has just ended has no pid, but its connection may be closed a moment later.
    if (now?.answers === true && now.pid !== undefined && now.pid !== pid) {
      process.stdout.write(`${name}: runs build ${now.build}, before ${build}\n`);
      return;
    }
    if (performance.now() > deadline) throw new Error(`${name} has not come back: see regent status`);
  }
};

/** @param named always replaced; without a name all processes that run another program than the installed one. */
export const replace = async (
  socket: string,
  named: string | undefined,
  { force = false }: { readonly force?: boolean },
): Promise<void> => {
  const programs = await programsOf(socket);
  const wanted = programs.filter(({ name, build, installed }) =>
    named === undefined ? build !== installed : name === named,
  );
  if (named !== undefined && wanted.length === 0)
    throw new WrongUsage(`There is no process ${named}; there are ${programs.map(({ name }) => name).join(', ')}`);
  if (wanted.length === 0) process.stdout.write('all processes run the installed program\n');
  // The healthcheck process first: the time its start takes shows whether a start of vrrp fits.
  for (const program of wanted.toReversed()) await replaceOne(socket, program, force);
};
