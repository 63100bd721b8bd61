// Runs many worlds: npm run simulate -- --seeds 1000 --hours 24 [--from 1]. The first that breaks a rule is shrunk and printed.

import { parseArgs } from 'node:util';
import { drawScenario } from './draw.ts';
import { run } from './run.ts';
import { formatScenario } from './scenario.ts';
import { shrink } from './shrink.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    hours: { type: 'string', default: '24' },
    from: { type: 'string', default: '1' },
  },
});
const [count, hours, from] = [Number(values.seeds), Number(values.hours), Number(values.from)];

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** @returns the director-hours of all worlds until one breaks a rule. */
const simulate = (): { hours: number; faults: number; changes: number; broken: number | undefined } => {
  const sum = { hours: 0, faults: 0, changes: 0 };
  for (let seed = from; seed < from + count; seed += 1) {
    const scenario = drawScenario(seed, hours);
    const { failure, changes } = run(scenario, false);
    sum.hours += (scenario.end / 3_600_000) * scenario.setting.directors.length;
    sum.faults += scenario.faults.length;
    sum.changes += changes;
    if (failure !== undefined) return { ...sum, broken: seed };
  }
  return { ...sum, broken: undefined };
};

const began = process.cpuUsage();
const { broken, ...sum } = simulate();
const { user, system } = process.cpuUsage(began);
const minutes = (user + system) / 60_000_000;
print(
  `${Math.round(sum.hours)} director-hours, ${sum.faults} faults, ${sum.changes} changes of state in ${minutes.toFixed(1)} processor-minutes: ${Math.round(sum.hours / minutes)} director-hours a minute`,
);
if (broken !== undefined) {
  const smallest = shrink(drawScenario(broken, hours));
  const { failure, lines } = run(smallest, true);
  print(`seed ${broken} breaks a rule: ${failure}\n\n${formatScenario(smallest)}----\n${lines.join('\n')}`);
  process.exitCode = 1;
}
