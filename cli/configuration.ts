// Loads a configuration for a command; a wrong one is printed with every problem, and ends it.

import { loadConfig } from '../config/load.ts';
import type { DirectorConfig } from '../config/model.ts';
import { explainProblems } from '../config/problem.ts';
import { exitCodes } from './exit-codes.ts';

export const loadOrExit = (file: string): DirectorConfig => {
  const loaded = loadConfig(file);
  if (loaded.ok) return loaded.config;
  process.stderr.write(`${explainProblems(loaded.problems)}\n`);
  return process.exit(exitCodes.wrongUsage);
};
