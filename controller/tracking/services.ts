// The state of a virtual service for the routers that track it, from the IPVS judgement. Pure.

import type { ServiceJudgement } from '../ipvs/service-judgement.ts';
import type { Seen } from './item.ts';

/**
 * @param judgement undefined before the first one.
 * @param fault why no service is in the kernel; undefined where they are.
 */
export const serviceState = (
  judgement: Pick<ServiceJudgement, 'quorum' | 'healthy' | 'count'> | undefined,
  fault?: string,
): Seen => {
  if (fault !== undefined) return { state: 'down', reason: `is not in the kernel: ${fault}` };
  if (judgement === undefined || judgement.quorum === 'unknown') {
    return { state: 'unknown', reason: 'has not been probed yet' };
  }
  const count = `${judgement.healthy} of ${judgement.count} real servers are up`;
  return judgement.quorum === 'held'
    ? { state: 'up', reason: `is served: ${count}` }
    : { state: 'down', reason: `has lost its quorum: ${count}` };
};
