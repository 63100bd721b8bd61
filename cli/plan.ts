// `regent plan` and `reload`: what a configuration would change, and what has changed.

import { askDirector } from '../controller/control-client.ts';
import { describeEffect, type Plan, planChange } from '../controller/plan.ts';
import { alignColumns, paintFor } from './columns.ts';
import { loadOrExit } from './configuration.ts';

const colours = { hitless: 'green', cuts: 'red', election: 'yellow' } as const;

/** A line each: what it costs, what it is about, what becomes of it. */
export const printPlan = (plan: Plan, json: boolean): void => {
  if (json) {
    process.stdout.write(`${JSON.stringify({ plan }, null, 2)}\n`);
    return;
  }
  const paint = paintFor(process.stdout);
  const rows = plan.map((line) => [paint(colours[line.effect], describeEffect(line)), line.subject, line.change]);
  process.stdout.write(plan.length === 0 ? 'nothing changes\n' : `${alignColumns(rows).join('\n')}\n`);
};

export type PlanOptions = { readonly config: string; readonly from?: string; readonly json?: boolean };

/** Against the running director, or against another file, which knows nothing of states and connections. */
export const plan = async (socket: string, { config, from, json = false }: PlanOptions): Promise<void> => {
  const next = loadOrExit(config);
  if (from !== undefined) printPlan(planChange(loadOrExit(from), next, { routers: [], connectionsOf: () => 0 }), json);
  else printPlan(((await askDirector(socket, 'POST', '/v1/plan', next)) as { plan: Plan }).plan, json);
};

export const reload = async (socket: string, { json = false }: { json?: boolean }): Promise<void> =>
  printPlan(((await askDirector(socket, 'POST', '/v1/reload')) as { plan: Plan }).plan, json);
