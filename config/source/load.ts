// From a file to a configuration, or to every problem in it, each at its place.

import { readFileSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import type { DirectorConfig } from '../model/model.ts';
import { type Fault, judgeDocument } from '../rules/judgement.ts';
import { directorSchema } from '../schema/schema.ts';
import { hostFiles } from './files.ts';
import { type Complaint, type FilePlace, type Files, joinFiles } from './include.ts';
import type { Problem } from './problem.ts';

export type ConfigResult =
  | { readonly ok: true; readonly config: DirectorConfig }
  | { readonly ok: false; readonly problems: Problem[] };

const noFiles: Files = { read: () => undefined, match: () => [] };

const order =
  (file: string) =>
  (a: Problem, b: Problem): number => {
    if (a.file === b.file) return a.line - b.line || a.column - b.column;
    // The file itself comes before what it includes.
    if (a.file === file || b.file === file) return a.file === file ? -1 : 1;
    return a.file < b.file ? -1 : 1;
  };

/**
 * Reads a configuration from its text.
 * @param file names the text in problems; what it includes is looked for beside it.
 * @param files reads what is included; without it nothing is read.
 * @returns the configuration, or all problems in the order of their places (a syntax error hides those after it).
 */
export const parseConfig = (text: string, file: string, files: Files = noFiles): ConfigResult => {
  const { document, complaints, valueAt, keyAt, lineAt } = joinFiles(text, file, files);
  const place = ({ file: name, line, column }: FilePlace): string => `${name}:${line}:${column}`;
  const locate = ({ kind, path, message, other, suggestion }: Fault): Complaint => ({
    at: kind === 'unknown' ? keyAt(path) : valueAt(path),
    message: other === undefined ? message : `${message}: see ${place(valueAt(other))}`,
    suggestion,
  });
  const all = [...complaints, ...(document === undefined ? [] : judgeDocument(document.value).map(locate))];
  if (all.length === 0 && document !== undefined) return { ok: true, config: directorSchema.parse(document.value) };
  const problems = all.map(({ at, message, suggestion }): Problem => {
    const excerpt = lineAt(at);
    return {
      ...at,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(excerpt === undefined || excerpt === '' ? {} : { excerpt }),
    };
  });
  return { ok: false, problems: problems.sort(order(file)) };
};

/** Reads a configuration file; a file that cannot be read is a problem at its first character. */
export const loadConfig = (file: string): ConfigResult => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${messageOf(error)}`;
    return { ok: false, problems: [{ file, line: 1, column: 1, message }] };
  }
  return parseConfig(text, file, hostFiles);
};
