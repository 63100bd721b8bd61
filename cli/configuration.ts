// Loads a configuration for a command; a wrong one ends it with every problem named.

import type { DirectorConfig } from '../config/model/model.ts';
import { loadConfig } from '../config/source/load.ts';
import { explainProblems } from '../config/source/problem.ts';
import { WrongUsage } from './exit-codes.ts';

/** @throws WrongUsage with all problems. */
export const loadValid = (file: string): DirectorConfig => {
  const loaded = loadConfig(file);
  if (!loaded.ok) throw new WrongUsage(explainProblems(loaded.problems));
  return loaded.config;
};
