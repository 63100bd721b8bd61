// `regent reload`: makes the director apply its file, and prints the changes.

import { askDirector } from '../controller/control/client.ts';
import type { Plan } from '../controller/plan-line.ts';
import { printPlan } from './plan-lines.ts';

export const reload = async (socket: string, { json = false }: { json?: boolean }): Promise<void> => {
  // A director of an older build says nothing of differences.
  const answer = (await askDirector(socket, 'POST', '/v1/reload')) as { plan: Plan; differences?: string[] };
  printPlan(answer.plan, json, answer.differences);
};
