// Whether a vrrp process can be replaced while it is master: advertisements and renewals pause until the next has started. Pure.

import { formatDuration, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { PlanLine } from '../plan-line.ts';
import { isOutdated, type ProgramStatus } from './programs.ts';

/** The assumed start time where none was measured. */
const usualStart = milliseconds(1000);
/** A start may take twice as long as the last one. */
const caution = 2;

export type Replacement = {
  /** The start time of the next process, and whether it was measured or is assumed. */
  readonly start: Milliseconds;
  readonly isAssumed: boolean;
  /** When the first peer would take over, or the first lease expires; undefined while this director is not master. */
  readonly limit: Milliseconds | undefined;
  readonly fits: boolean;
  /** Both as text. */
  readonly text: string;
};

/** Excludes the peers' skew time, which is unknown here. */
const limitOf = ({ downAfter, advertisementInterval }: RouterConfig, { lease }: RouterStatus): number =>
  Math.min(downAfter * advertisementInterval, lease === undefined ? Number.POSITIVE_INFINITY : lease * 1000);

/** @param seen the last start time of a process of this director, where measured. */
export const judgeReplacement = (
  routers: readonly RouterConfig[],
  statuses: readonly RouterStatus[],
  seen: Milliseconds | undefined,
): Replacement => {
  const limits = routers.flatMap((router) => {
    const status = statuses.find(({ name }) => name === router.name);
    return status?.state === 'master' ? limitOf(router, status) : [];
  });
  const limit = limits.length === 0 ? undefined : milliseconds(Math.min(...limits));
  const start = seen ?? usualStart;
  const takes = `its start takes ${formatDuration(start)}${seen === undefined ? ' (assumed)' : ''}`;
  return {
    start,
    isAssumed: seen === undefined,
    limit,
    fits: limit === undefined || caution * start <= limit,
    text:
      limit === undefined
        ? `${takes}, and this director is master of nothing`
        : `${takes}, and ${formatDuration(limit)} may pass until a peer takes over`,
  };
};

/** Lines of `plan` for processes whose program is not the installed one. */
export const planReplacements = (programs: readonly ProgramStatus[], vrrp: Replacement): PlanLine[] =>
  programs.filter(isOutdated).map(({ name, build, installed }) => {
    const change = `runs build ${build}, and regent replace puts ${installed} in its place`;
    return name === 'vrrp'
      ? { subject: 'process vrrp', change: `${change}: ${vrrp.text}`, effect: vrrp.fits ? 'hitless' : 'election' }
      : { subject: `process ${name}`, change: `${change}: verdicts stay meanwhile`, effect: 'hitless' };
  });
