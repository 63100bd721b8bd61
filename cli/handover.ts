// `regent handover` and `resume`: shows the cost, gives mastership away, and waits until it is gone.

import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import type { Plan } from '../controller/plan-line.ts';
import { printPlan } from './plan-lines.ts';

const pollEvery = 100;
/** Longest wait of a router for its successor before it stays master, with the slowest advertisements, in milliseconds. */
const patience = 120_000;

export type HandoverOptions = { readonly dryRun?: boolean };

export const handover = async (
  socket: string,
  router: string | undefined,
  { dryRun = false }: HandoverOptions,
): Promise<void> => {
  const query = router === undefined ? '' : `?${new URLSearchParams({ router })}`;
  const { plan } = (await askDirector(socket, 'GET', `/v1/handover${query}`)) as { plan: Plan };
  if (plan.length > 0 || dryRun) printPlan(plan, false);
  if (dryRun) return;
  await askDirector(socket, 'POST', '/v1/handover', router === undefined ? {} : { router });
  const deadline = performance.now() + patience;
  const named = ({ routers }: Status) => routers.filter(({ name }) => router === undefined || name === router);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
    const routers = named((await askDirector(socket, 'GET', '/v1/status')) as Status);
    const failed = routers.filter(({ aside }) => !aside);
    if (failed.length > 0) {
      const names = failed.map(({ name }) => name).join(', ');
      throw new Error(`${names}: no successor advertised, so this director stays master; is the peer running?`);
    }
    if (routers.every(({ state }) => state === 'initialize')) {
      for (const { name } of routers) process.stdout.write(`${name}: handed over, until regent resume ${name}\n`);
      return;
    }
    if (performance.now() > deadline) throw new Error('the handover has not finished yet: see regent status');
  }
};

export const resume = async (socket: string, router: string | undefined): Promise<void> => {
  await askDirector(socket, 'POST', '/v1/resume', router === undefined ? {} : { router });
  process.stdout.write(`${router ?? 'all routers'}: resumed; a router of higher priority takes over again\n`);
};
