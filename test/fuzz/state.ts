// What a campaign remembers between its runs, in a folder outside the checkout: a folder a parser, with its corpus and how long it
// was fuzzed in all.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Total = { readonly inputs: number; readonly seconds: number; readonly processorSeconds: number };

const totalPath = (state: string, name: string): string => join(state, name, 'total.json');
const corpusFolder = (state: string, name: string): string => join(state, name, 'corpus');

export const readTotal = (state: string, name: string): Total =>
  existsSync(totalPath(state, name))
    ? (JSON.parse(readFileSync(totalPath(state, name), 'utf8')) as Total)
    : { inputs: 0, seconds: 0, processorSeconds: 0 };

/** The smallest first: what a small input reaches, a large one need not be kept for. */
export const readFound = (state: string, name: string): Buffer[] => {
  const folder = corpusFolder(state, name);
  if (!existsSync(folder)) return [];
  const inputs = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
  return inputs.sort((one, other) => one.length - other.length);
};

/** Adds to the total; the corpus is then this one, without inputs that another makes needless. */
export const remember = (state: string, name: string, corpus: readonly Buffer[], more: Total): void => {
  const folder = corpusFolder(state, name);
  mkdirSync(folder, { recursive: true });
  const files = new Map(corpus.map((input) => [createHash('sha256').update(input).digest('hex').slice(0, 16), input]));
  for (const [file, input] of files) if (!existsSync(join(folder, file))) writeFileSync(join(folder, file), input);
  for (const file of readdirSync(folder)) if (!files.has(file)) rmSync(join(folder, file));
  const before = readTotal(state, name);
  const total: Total = {
    inputs: before.inputs + more.inputs,
    seconds: before.seconds + more.seconds,
    processorSeconds: before.processorSeconds + more.processorSeconds,
  };
  const path = totalPath(state, name);
  writeFileSync(`${path}.new`, JSON.stringify(total));
  renameSync(`${path}.new`, path);
};
