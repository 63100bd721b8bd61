// Targets that share one object for equal checks: each comes with a copy of its own, which costs more memory than all else of it. Pure.

import { isSameData } from '../base/same-data.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Target } from './messages.ts';

/** What of a target's id names its check: all behind the endpoint. */
const nameOfCheck = ({ id }: Target): string => id.slice(id.indexOf('/'));

export const shareChecks = (targets: readonly Target[]): Target[] => {
  const shared = new Map<string, CheckConfig>();
  return targets.map((target) => {
    const name = nameOfCheck(target);
    const known = shared.get(name);
    if (known !== undefined && isSameData(known, target.check)) return { ...target, check: known };
    shared.set(name, target.check);
    return target;
  });
};
