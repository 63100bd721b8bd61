// Makes a failing scenario smaller: what is not needed for the failure is left out, and what remains is shorter.

import { run } from './run.ts';
import type { Scenario } from './scenario.ts';

/** The rule that was broken, whoever broke it and by how much. */
const ruleOf = (failure: string): string => failure.replace(/lb\d( and lb\d)*|[\d.]+/g, '');

type Fails = (scenario: Scenario) => boolean;

/** Leaves out what it can: halves first, then single faults. */
const dropFaults = (scenario: Scenario, fails: Fails): Scenario => {
  let smallest = scenario;
  for (let size = Math.ceil(scenario.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.faults.length; ) {
      const faults = smallest.faults.filter((_, index) => index < from || index >= from + size);
      const smaller = { ...smallest, faults };
      if (faults.length < smallest.faults.length && fails(smaller)) smallest = smaller;
      else from += size;
    }
  }
  return smallest;
};

const dropDirectors = (scenario: Scenario, fails: Fails): Scenario => {
  let smallest = scenario;
  for (const { name } of scenario.setting.directors) {
    const { setting } = smallest;
    if (setting.directors.length <= 2) break;
    const directors = setting.directors.filter((director) => director.name !== name);
    const faults = smallest.faults.filter(({ hosts }) => !hosts.includes(name));
    const smaller = { ...smallest, setting: { ...setting, directors }, faults };
    if (fails(smaller)) smallest = smaller;
  }
  return smallest;
};

/** Begins at once: what happened long before has no part in it. */
const beginSooner = (scenario: Scenario, fails: Fails): Scenario => {
  const [first] = scenario.faults;
  if (first === undefined) return scenario;
  const by = Math.max(0, first.at - 40 * scenario.setting.interval - 30_000);
  const faults = scenario.faults.map((fault) => ({ ...fault, at: fault.at - by }));
  const sooner = { ...scenario, faults, end: scenario.end - by };
  return by > 0 && fails(sooner) ? sooner : scenario;
};

const endSooner = (scenario: Scenario, fails: Fails): Scenario => {
  const last = Math.max(...scenario.faults.map(({ at, span }) => at + span), 0);
  const sooner = { ...scenario, end: Math.min(scenario.end, last + 60 * scenario.setting.interval + 60_000) };
  return fails(sooner) ? sooner : scenario;
};

export type FailureOf = (scenario: Scenario) => string | undefined;

export const shrink = (scenario: Scenario, failureOf: FailureOf = (one) => run(one, false).failure): Scenario => {
  const failure = failureOf(scenario);
  if (failure === undefined) return scenario;
  const rule = ruleOf(failure);
  const fails: Fails = (smaller) => {
    const broken = failureOf(smaller);
    return broken !== undefined && ruleOf(broken) === rule;
  };
  return [dropFaults, endSooner, dropFaults, dropDirectors, beginSooner].reduce(
    (smallest, step) => step(smallest, fails),
    scenario,
  );
};
