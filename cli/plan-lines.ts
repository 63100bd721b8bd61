// A plan on the terminal: a line for each change with its cost, subject and result.

import { harmlessJson } from '../base/harmless-text.ts';
import { describeEffect, type Plan } from '../controller/plan-line.ts';
import { alignColumns, paintFor } from './columns.ts';

const colours = { hitless: 'green', refuses: 'yellow', cuts: 'red', election: 'yellow', refused: 'red' } as const;

/** @param differences what commands change of the file, and keep */
export const printPlan = (plan: Plan, json: boolean, differences: readonly string[] = []): void => {
  if (json) {
    process.stdout.write(`${harmlessJson(JSON.stringify({ plan, differences }, null, 2))}\n`);
    return;
  }
  const paint = paintFor(process.stdout);
  const rows = plan.map((line) => [paint(colours[line.effect], describeEffect(line)), line.subject, line.change]);
  process.stdout.write(plan.length === 0 ? 'nothing changes\n' : `${alignColumns(rows).join('\n')}\n`);
  for (const text of differences) process.stdout.write(`by command: ${text}\n`);
};
