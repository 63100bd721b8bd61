// Rules about a drill's steps: keys fit their fault, and a fault comes before the step that undoes it. Pure.

import type { Fault, KeyPath } from '../../config/schema/kind.ts';
import { readAs } from '../../config/schema/kind.ts';
import { parseAddress } from '../../net/ip-address.ts';
import { chaosFaults, type FaultName, rowOf, type StepKey } from './faults.ts';
import { type Act, type Drill, drillKeys, type Step } from './keys.ts';

export type JudgedDrill =
  | { readonly ok: true; readonly drill: Drill }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const stepKeys = [
  ...(['director', 'server', 'network', 'direction', 'loss', 'delay', 'process', 'every'] as const),
  ...(['router', 'priority', 'address', 'by'] as const),
] satisfies readonly StepKey[];

type Keyed = { readonly [Key in StepKey]?: unknown };

const placeKeys: Readonly<Record<string, readonly StepKey[]>> = {
  director: ['director'],
  server: ['server'],
  router: ['router'],
  all: [],
  none: [],
};

/** Faults of one act: keys that its fault needs, or does not take. */
const judgeAct = (name: FaultName, keys: Keyed, path: KeyPath): Fault[] => {
  const { place, needs = [], may = [] } = rowOf(name);
  const needed = [...(placeKeys[place] ?? []), ...needs];
  const allowed: readonly StepKey[] = [
    ...needed,
    ...may,
    ...(place === 'all' ? (['director', 'server'] as const) : []),
  ];
  return [
    ...needed
      .filter((key) => keys[key] === undefined)
      .map((key): Fault => ({ kind: 'missing', path: [...path, key], message: `${name} needs the key "${key}"` })),
    ...stepKeys
      .filter((key) => keys[key] !== undefined && !allowed.includes(key))
      .map(
        (key): Fault => ({ kind: 'unknown', path: [...path, key], message: `${name} does not take the key "${key}"` }),
      ),
  ];
};

/** Chaos undoes by itself. */
const noChaos: readonly FaultName[] = ['mend', 'wait', 'thaw'];

const judgeChaos = ({ random }: Step, path: KeyPath): Fault[] =>
  (random?.faults ?? []).flatMap((name, index): Fault[] =>
    noChaos.includes(name)
      ? [{ kind: 'value', path: [...path, 'random', 'faults', index], message: `${name} is not a fault` }]
      : [],
  );

const roundSpans = { lease: ['lease', 1], holdTime: ['hold_time', 3], drain: ['drain', 1] } as const;

/** The kernel and BGP count in seconds; no hold time is shorter than three. A director that stops waits for its drain. */
const judgeFleet = ({ fleet }: Drill): Fault[] =>
  fleet === undefined
    ? []
    : Object.entries(roundSpans).flatMap(([key, [word, least]]): Fault[] => {
        const seconds = fleet[key as keyof typeof roundSpans] / 1000;
        if (Number.isInteger(seconds) && seconds >= least && seconds <= 60) return [];
        const message = `it is a whole number of seconds from ${least}s to 60s`;
        return [{ kind: 'value', path: ['fleet', word], message }];
      });

/** Terms of virtual routers, which a fleet does not have. */
const judgeTerms = ({ fleet }: Drill, { expect = {} }: Pick<Step, 'expect'>, path: KeyPath): Fault[] =>
  fleet === undefined
    ? []
    : Object.entries(expect).flatMap(([key, bound]): Fault[] => {
        const sum = typeof bound === 'object' && 'terms' in bound ? bound.terms : [];
        const strange = sum.find((term) => term.kind === 'named' && /^(master_down|interval)$/.test(term.name));
        if (strange === undefined || strange.kind !== 'named') return [];
        return [{ kind: 'value', path: [...path, 'expect', key], message: `a fleet has no ${strange.name}` }];
      });

/** The directors of a fleet are configured by its own keys. */
const judgeConfiguration = ({ fleet, configuration }: Drill): Fault[] =>
  fleet === undefined || configuration === undefined
    ? []
    : [{ kind: 'value', path: ['configuration'], message: 'it is of a pair: a fleet is configured by its own keys' }];

/** What a client without kept connections cannot show. */
const judgeExpectation = ({ client }: Drill, { expect }: Pick<Step, 'expect'>, path: KeyPath): Fault[] =>
  expect?.established === undefined || client.established + client.downloads > 0
    ? []
    : [
        {
          kind: 'value',
          path: [...path, 'expect', 'established'],
          message: 'the client keeps no connection: give it "established" or "downloads"',
        },
      ];

const judgeStep = (step: Step, path: KeyPath): Fault[] => {
  if (step.do !== undefined) return judgeAct(step.do, step, path);
  const stray = stepKeys
    .filter((key) => step[key] !== undefined)
    .map((key): Fault => ({ kind: 'unknown', path: [...path, key], message: `"${key}" belongs to a fault` }));
  const together = (step.together ?? []).flatMap((act, index) => judgeAct(act.do, act, [...path, 'together', index]));
  return [...stray, ...together, ...judgeChaos(step, path)];
};

/** The faults of a step, in the order of the file. */
export const actsOf = (step: Step): readonly Act[] => {
  const { together, random: _, for: __, expect: ___, do: what, ...keys } = step;
  return what === undefined ? (together ?? []) : [{ ...keys, do: what }];
};

/** Why a target cannot make a fault of a drill; undefined if it can. */
export type Refusal = (act: Act, drill?: Pick<Drill, 'fleet'>) => string | undefined;

/** Names in expectations, and the client's address, that the target does not have: judged as if a step mended them. */
const refuseNames = (drill: Drill, refusal: Refusal): Fault[] => {
  const { client, steady, steps } = drill;
  const judge = (act: Omit<Act, 'do'>, path: KeyPath): Fault[] => {
    const message = refusal({ ...act, do: 'mend' }, drill);
    return message === undefined ? [] : [{ kind: 'value', path, message }];
  };
  const expectations = [steady, ...steps].flatMap(({ expect }, index): Fault[] => {
    const path: KeyPath = [...(index === 0 ? ['steady'] : ['steps', index - 1]), 'expect'];
    return [
      ...(expect?.holder === undefined ? [] : judge({ director: expect.holder }, [...path, 'holder'])),
      ...(expect?.servers ?? []).flatMap((server, each) => judge({ server }, [...path, 'servers', each])),
    ];
  });
  const address = parseAddress(new URL(client.get).hostname.replace(/^\[|\]$/g, ''));
  return [...(address === undefined ? [] : judge({ address }, ['client', 'get'])), ...expectations];
};

/** Faults of a valid drill that a target cannot make. */
const refuseIn = (drill: Drill, refusal: Refusal): Fault[] => {
  const refuse = (act: Act, path: KeyPath): Fault[] => {
    const why = refusal(act, drill);
    return why === undefined ? [] : [{ kind: 'value', path, message: `${act.do} cannot be done here: ${why}` }];
  };
  return drill.steps.flatMap((step, index) => {
    const path: KeyPath = ['steps', index];
    if (step.do !== undefined) return refuse(actsOf(step)[0] ?? { do: step.do }, [...path, 'do']);
    const together = (step.together ?? []).flatMap((act, each) => refuse(act, [...path, 'together', each, 'do']));
    const listed = step.random?.faults?.map((name, each) => [name, [...path, 'random', 'faults', each]] as const);
    const usual = step.random === undefined ? [] : chaosFaults.map((name) => [name, [...path, 'random']] as const);
    return [...together, ...(listed ?? usual).flatMap(([name, at]) => refuse({ do: name }, at))];
  });
};

/** A thaw of what no earlier step has frozen. */
const judgeThaws = ({ steps }: Drill): Fault[] => {
  const frozen = new Set<string>();
  return steps.flatMap((step, index): Fault[] => {
    const acts = actsOf(step).map((act, each) => ({
      ...act,
      path: ['steps', index, ...(step.do === undefined ? ['together', each] : []), 'director'] satisfies KeyPath,
    }));
    const early = acts.flatMap(({ do: what, director, path }): Fault[] =>
      what !== 'thaw' || director === undefined || frozen.has(director)
        ? []
        : [{ kind: 'value', path, message: `no earlier step freezes ${director}` }],
    );
    for (const { do: what, director } of acts) if (what === 'freeze' && director !== undefined) frozen.add(director);
    return early;
  });
};

/** Judges a parsed document as a drill on a target. */
export const judgeDrill = (document: unknown, refusal: Refusal = () => undefined): JudgedDrill => {
  const { found, faults } = readAs(drillKeys, document);
  if (faults.length > 0) return { ok: false, faults };
  const drill = found as Drill;
  const clashes = [
    ...judgeFleet(drill),
    ...judgeConfiguration(drill),
    ...judgeThaws(drill),
    ...judgeExpectation(drill, drill.steady, ['steady']),
    ...judgeTerms(drill, drill.steady, ['steady']),
    ...drill.steps.flatMap((step, index) => [
      ...judgeStep(step, ['steps', index]),
      ...judgeTerms(drill, step, ['steps', index]),
      ...judgeExpectation(drill, step, ['steps', index]),
    ]),
  ];
  const all = [...clashes, ...refuseNames(drill, refusal), ...refuseIn(drill, refusal)];
  return all.length === 0 ? { ok: true, drill } : { ok: false, faults: all };
};
