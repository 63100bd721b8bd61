// `regent plan`: what a configuration would change.

import { askDirector } from '../controller/control/client.ts';
import { planChange } from '../controller/plan.ts';
import type { Plan } from '../controller/plan-line.ts';
import { loadValid } from './configuration.ts';
import { printPlan } from './plan-lines.ts';

export type PlanOptions = { readonly config: string; readonly from?: string; readonly json?: boolean };

/** Compares with the running director, or with another file, which has no states and connections. */
export const plan = async (socket: string, { config, from, json = false }: PlanOptions): Promise<void> => {
  const next = await loadValid(config);
  if (from !== undefined)
    printPlan(planChange(await loadValid(from), next, { routers: [], connectionsOf: () => 0 }), json);
  else {
    // A director of an older build says nothing of differences.
    const answer = (await askDirector(socket, 'POST', '/v1/plan', next)) as { plan: Plan; differences?: string[] };
    printPlan(answer.plan, json, answer.differences);
  }
};
