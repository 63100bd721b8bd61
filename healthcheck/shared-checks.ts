// Targets that share one object for equal checks: each comes with a copy of its own, which costs more memory than all else of it. Pure.

import { isSameData } from '../base/same-data.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Target } from './messages.ts';

/** @param targets those of a service follow each other */
export const shareChecks = (targets: readonly Target[]): Target[] => {
  let last: CheckConfig | undefined;
  return targets.map((target) => {
    last = last !== undefined && isSameData(last, target.check) ? last : target.check;
    return last === target.check ? target : { ...target, check: last };
  });
};
