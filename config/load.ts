// From a file to a configuration, or to every problem in it, each at its place.

import { readFileSync } from 'node:fs';
import { YAMLException } from 'js-yaml';
import type { z } from 'zod';
import type { DirectorConfig } from './model.ts';
import { type Path, type Position, parseSource, positionOf, type Source } from './position.ts';
import { checkRules } from './rules.ts';
import { directorSchema, knownKeys } from './schema.ts';
import { suggestWord } from './values.ts';

/** What is wrong at one place; line and column count from 1. */
export type Problem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestion?: string;
};

export type ConfigResult =
  | { readonly ok: true; readonly config: DirectorConfig }
  | { readonly ok: false; readonly problems: Problem[] };

type Complaint = { readonly at: Position; readonly message: string; readonly suggestion?: string | undefined };

/** What is wrong with a document, and at which path: a key nobody knows, a key that is missing, or a value. */
export type Fault = {
  readonly kind: 'unknown' | 'missing' | 'value';
  readonly path: Path;
  readonly message: string;
  /** The path of the value that it clashes with. */
  readonly other?: Path | undefined;
  readonly suggestion?: string | undefined;
};

const start: Position = { line: 1, column: 1 };

const shapes: Readonly<Record<string, string>> = { object: 'a mapping', array: 'a list' };

const pathOf = (issue: z.core.$ZodIssue): Path =>
  issue.path.map((step) => (typeof step === 'number' ? step : String(step)));

/** Where the keys depend on what else the mapping says, the issue itself carries those it may have. */
const keysAt = (mapping: Path, issue: z.core.$ZodIssue): readonly string[] => {
  if ('known' in issue && Array.isArray(issue.known)) return issue.known;
  return knownKeys.get(mapping.filter((step) => typeof step === 'string').join('.')) ?? [];
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

const judgeShape = (issues: readonly z.core.$ZodIssue[], document: unknown): Fault[] => {
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
    // A misspelt key is one mistake: that the right one is missing then goes without saying.
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

/** All faults of a document as YAML gives it; none means that it is a configuration. */
export const judgeDocument = (document: unknown): Fault[] => {
  const parsed = directorSchema.safeParse(document);
  return [...(parsed.success ? [] : judgeShape(parsed.error.issues, document)), ...judgeRules(document)];
};

const explain = (error: unknown, text: string): Complaint => {
  if (!(error instanceof YAMLException)) throw error;
  return { at: error.mark ? positionOf(text, error.mark.position) : start, message: error.reason };
};

const judge = (text: string, file: string): { config: DirectorConfig } | { complaints: Complaint[] } => {
  let source: Source;
  try {
    source = parseSource(text);
  } catch (error) {
    return { complaints: [explain(error, text)] };
  }
  const { documents } = source;
  if (documents.length !== 1) {
    const message = documents.length === 0 ? 'the file is empty' : 'expected one document, but there are more';
    return { complaints: [{ at: start, message }] };
  }
  const place = ({ line, column }: Position): string => `${file}:${line}:${column}`;
  const locate = ({ kind, path, message, other, suggestion }: Fault): Complaint => ({
    at: kind === 'unknown' ? source.keyAt(path) : source.valueAt(path),
    message: other === undefined ? message : `${message}: see ${place(source.valueAt(other))}`,
    suggestion,
  });
  const complaints = [
    ...source.repeated.map(({ key, at, first }) => ({ at, message: `key "${key}" is repeated: see ${place(first)}` })),
    ...judgeDocument(documents[0]).map(locate),
  ];
  if (complaints.length > 0) return { complaints };
  return { config: directorSchema.parse(documents[0]) };
};

/**
 * Reads a configuration from its text.
 * @param file only names the text in problems; nothing is read.
 * @returns the configuration, or all problems in the order of their places (a syntax error hides those after it).
 */
export const parseConfig = (text: string, file: string): ConfigResult => {
  const judged = judge(text.replace(/^\uFEFF/, ''), file);
  if ('config' in judged) return { ok: true, config: judged.config };
  const problems = judged.complaints
    .map(({ at, message, suggestion }) => ({
      file,
      ...at,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems };
};

/** Reads a configuration file; a file that cannot be read is a problem at its first character. */
export const loadConfig = (file: string): ConfigResult => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, problems: [{ file, ...start, message }] };
  }
  return parseConfig(text, file);
};

/** Formats problems for a terminal, one a line: `file:line:column: message (did you mean "x"?)`. */
export const formatProblems = (problems: readonly Problem[]): string =>
  problems
    .map(({ file, line, column, message, suggestion }) => {
      const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
      return `${file}:${line}:${column}: ${message}${hint}`;
    })
    .join('\n');
