// Loads a configuration for a command; an invalid one ends it with all problems.

import type { DirectorConfig } from '../config/model/model.ts';
import { explainProblems } from '../config/source/problem.ts';
import { loadConfig } from '../config/source/reading.ts';
import type { ConfigResult } from '../config/source/result.ts';
import { WrongUsage } from './exit-codes.ts';

/** @throws WrongUsage with the problems. */
export const validOf = (loaded: ConfigResult): DirectorConfig => {
  if (!loaded.ok) throw new WrongUsage(explainProblems(loaded.problems, loaded.more));
  return loaded.config;
};

/** @throws WrongUsage with the problems. */
export const loadValid = async (file: string): Promise<DirectorConfig> => validOf(await loadConfig(file));
