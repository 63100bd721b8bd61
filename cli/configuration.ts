// Loads a configuration for a command; a wrong one is printed with every problem, and ends it.

import { formatProblems, loadConfig } from '../config/load.ts';
import type { DirectorConfig } from '../config/model.ts';
import { exitCodes } from './exit-codes.ts';

export const loadOrExit = (file: string): DirectorConfig => {
  const loaded = loadConfig(file);
  if (loaded.ok) return loaded.config;
  process.stderr.write(`${formatProblems(loaded.problems)}\n`);
  return process.exit(exitCodes.wrongUsage);
};
