// Makes targets share one object for equal checks: each arrives with a copy, which takes more memory than the rest of it. Pure.

import { isSameData } from '../base/same-data.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { Target } from './messages.ts';

/** The part of a target's id that names its check: all after the endpoint. */
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
