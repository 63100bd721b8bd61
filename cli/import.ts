// `regent import`: prints the YAML, and on stderr what could not be converted.

import { hostname } from 'node:os';
import { harmlessText } from '../base/harmless-text.ts';
import { hostFiles } from '../config/source/files.ts';
import { compareWithKeepalived } from '../import/compare/report.ts';
import { importKeepalived } from '../import/import.ts';
import { formatSummary } from '../import/summary.ts';

export type ImportOptions = {
  /** The value that `@word` lines are compared with, as keepalived's -i. */
  readonly configId?: string;
  /** Print all notes, each with its place. */
  readonly verbose?: boolean;
  /** Compare the YAML with what an installed keepalived understood. */
  readonly compare?: boolean;
};

/** The file's own words are quoted. */
const harmless = (lines: readonly string[]): string => lines.map((line) => harmlessText(line, 2000)).join('\n');

const say = (lines: readonly string[]): void => {
  process.stderr.write(`${harmless(lines)}\n`);
};

/**
 * Imports a keepalived.conf.
 * @returns 0 when done, 1 if nothing could be converted, or the comparison differs.
 * @throws Error if it cannot be read.
 */
export const importFile = (file: string, { configId, verbose = false, compare = false }: ImportOptions): 0 | 1 => {
  const [host = 'director'] = hostname().split('.');
  const id = configId ?? host;
  const imported = importKeepalived(file, hostFiles, { configId: id, environment: process.env });
  const { yaml, findings, isEmpty, statements } = imported;
  if (!compare) {
    process.stdout.write(yaml);
    say(formatSummary(file, findings, statements, { verbose, isEmpty }));
    return isEmpty ? 1 : 0;
  }
  const { lines, differs, isDone } = compareWithKeepalived(file, id, statements, yaml);
  process.stdout.write(`${harmless(lines)}
`);
  return differs || !isDone ? 1 : 0;
};
