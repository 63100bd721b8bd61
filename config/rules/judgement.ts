// Faults of a document, by path. Pure.

import type { z } from 'zod';
import { suggestWord } from '../../base/suggestion.ts';
import type { DirectorConfig } from '../model/model.ts';
import { directorSchema, knownKeys } from '../schema/schema.ts';
import type { Path } from '../source/position.ts';
import { isRecord } from './finding.ts';
import { checkRules } from './rules.ts';

/** A fault and its path: an unknown key, a missing key, or a wrong value. */
export type Fault = {
  readonly kind: 'unknown' | 'missing' | 'value';
  readonly path: Path;
  readonly message: string;
  /** The path of the value that it clashes with. */
  readonly other?: Path | undefined;
  readonly suggestion?: string | undefined;
};

const shapes: Readonly<Record<string, string>> = { object: 'a mapping', array: 'a list' };

const pathOf = (issue: z.core.$ZodIssue): Path =>
  issue.path.map((step) => (typeof step === 'number' ? step : String(step)));

/** If the allowed keys depend on the rest of the mapping, the issue itself carries them. */
const keysAt = (mapping: Path, issue: z.core.$ZodIssue): readonly string[] => {
  if ('known' in issue && Array.isArray(issue.known)) return issue.known;
  return Object.keys(knownKeys.get(mapping.filter((step) => typeof step === 'string').join('.')) ?? {});
};

const describe = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_type') return `expected ${shapes[issue.expected] ?? issue.expected}`;
  return issue.code === 'too_small' ? 'expected at least one entry' : issue.message;
};

const hasPath = (document: unknown, path: Path): boolean => {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
    value = (value as Record<string | number, unknown>)[step];
  }
  return true;
};

const valueAt = (document: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], document);

/** For a value that may be a scalar or a mapping (last), the issues of the alternative that was meant. */
const settleUnion = (issue: z.core.$ZodIssue, document: unknown): readonly z.core.$ZodIssue[] => {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = isRecord(valueAt(document, pathOf(issue))) ? issue.errors.at(-1) : issue.errors[0];
  return (meant ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
};

const judgeShape = (found: readonly z.core.$ZodIssue[], document: unknown): Fault[] => {
  const issues = found.flatMap((issue) => settleUnion(issue, document));
  const meant = new Set<string>();
  const unknown = issues.flatMap((issue) =>
    issue.code !== 'unrecognized_keys'
      ? []
      : issue.keys.map((key): Fault => {
          const path = pathOf(issue);
          const suggestion = suggestWord(key, keysAt(path, issue));
          if (suggestion !== undefined) meant.add([...path, suggestion].join('.'));
          return { kind: 'unknown', path: [...path, key], message: `unknown key "${key}"`, suggestion };
        }),
  );
  const others = issues.flatMap((issue): Fault[] => {
    const path = pathOf(issue);
    if (issue.code === 'unrecognized_keys') return [];
    if (hasPath(document, path)) {
      const hint: unknown = issue.code === 'custom' ? issue.params?.suggestion : undefined;
      const suggestion = typeof hint === 'string' ? hint : undefined;
      return [{ kind: 'value', path, message: describe(issue), suggestion }];
    }
    // A misspelt key is one mistake: do not also report the right one as missing.
    return meant.has(path.join('.')) ? [] : [{ kind: 'missing', path, message: `missing key "${path.at(-1)}"` }];
  });
  return [...unknown, ...others];
};

const judgeRules = (document: unknown): Fault[] =>
  checkRules(document).map(({ path, message, other, suggestion }) => ({
    kind: 'value',
    path,
    message,
    other,
    suggestion,
  }));

export type Judged =
  | { readonly ok: true; readonly config: DirectorConfig }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** The configuration of a parsed YAML document, or all its faults. */
export const judgeConfig = (document: unknown): Judged => {
  const parsed = directorSchema.safeParse(document);
  const rules = judgeRules(document);
  if (parsed.success && rules.length === 0) return { ok: true, config: parsed.data };
  const shape = parsed.success ? [] : judgeShape(parsed.error.issues, document);
  return { ok: false, faults: shape.concat(rules) };
};

/** All faults of a parsed YAML document; empty if it is valid. */
export const judgeDocument = (document: unknown): readonly Fault[] => {
  const judged = judgeConfig(document);
  return judged.ok ? [] : judged.faults;
};
