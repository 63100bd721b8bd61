// A drill by the name of a scenario of the project, or by a file; or all its problems, each with its place.

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { suggestWord } from '../../base/suggestion.ts';
import { explainProblems } from '../../config/source/problem.ts';
import { readText } from '../../config/source/text.ts';
import type { Drill } from './keys.ts';
import { judgeDrill, type Refusal } from './rules.ts';

export type LoadedDrill = { readonly drill: Drill; readonly file: string; readonly text: string };

/** No drill is longer. */
const mostBytes = 1_000_000;

/** The names of the scenarios in a folder. */
export const drillNames = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => basename(file, '.yaml'))
        .sort()
    : [];

const fileOf = (nameOrFile: string, folder: string): string => {
  if (/[/.]/.test(nameOrFile)) return nameOrFile;
  const names = drillNames(folder);
  if (names.includes(nameOrFile)) return join(folder, `${nameOrFile}.yaml`);
  const meant = suggestWord(nameOrFile, names);
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  throw new Error(`There is no drill "${nameOrFile}"${hint}: give a file, or one of ${names.join(', ') || 'none'}`);
};

/** @param text of the file. @throws with every problem, each with its place. */
export const parseDrill = (text: string, file: string, refusal?: Refusal): Drill => {
  const judged = readText(text, file, (document) => judgeDrill(document, refusal));
  if (judged.ok) return judged.drill;
  throw new Error(explainProblems(judged.problems, judged.more));
};

/**
 * @param folder of the scenarios that have a name.
 * @param refusal why the target cannot make a fault.
 * @throws with every problem of the file, each with its place, or with why there is none.
 */
export const loadDrill = (nameOrFile: string, folder: string, refusal?: Refusal): LoadedDrill => {
  const file = fileOf(nameOrFile, folder);
  let text: string;
  try {
    text = readRegularFile(file, mostBytes).toString('utf8');
  } catch (error) {
    throw new Error(`${file} cannot be read: ${messageOf(error)}`);
  }
  return { drill: parseDrill(text, file, refusal), file, text };
};
