// What a drill changes in the configurations of the lab's directors.

import { type Scalar, value } from '../../config/schema/scalar.ts';
import { parseConfig } from '../../config/source/load.ts';
import { explainProblems } from '../../config/source/problem.ts';

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (input: unknown): input is Mapping =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** A part of a director's configuration, which is judged once it is merged. */
export const configurationPart = (): Scalar<Mapping> =>
  value("a mapping, as in a director's configuration", (input) => (isMapping(input) ? input : undefined), {
    type: 'object',
  });

/** Mappings are merged key by key; all else is replaced. */
export const merge = (base: Mapping, more: Mapping): Mapping => {
  const changed = Object.entries(more).map(([key, after]): [string, unknown] => {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, isMapping(before) && isMapping(after) ? merge(before, after) : after];
  });
  return Object.fromEntries([...Object.entries(base), ...changed]);
};

/** @param name of the text in problems. @throws with every problem of a director's configuration. */
export const proveConfiguration = (text: string, name: string): void => {
  const result = parseConfig(text, name);
  if (!result.ok) throw new Error(explainProblems(result.problems, result.more));
};
