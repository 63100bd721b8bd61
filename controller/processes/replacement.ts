// Whether a vrrp process can be replaced while it is master: nobody advertises and renews until the next one has started. Pure.

import { formatDuration, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { PlanLine } from '../plan-line.ts';
import { isOutdated, type ProgramStatus } from './programs.ts';

/** What a start takes where none was seen. */
const usualStart = milliseconds(1000);
/** A start is given twice the time that the last one took. */
const caution = 2;

export type Replacement = {
  /** What the start of the next process takes, and whether that was seen or is assumed. */
  readonly start: Milliseconds;
  readonly isAssumed: boolean;
  /** When the first peer would take over, or the first lease end; undefined while this director is master of nothing. */
  readonly limit: Milliseconds | undefined;
  readonly fits: boolean;
  /** Both in words. */
  readonly text: string;
};

/** Peers wait for their skew time too, which is theirs to know: it is left out. */
const limitOf = ({ downAfter, advertisementInterval }: RouterConfig, { lease }: RouterStatus): number =>
  Math.min(downAfter * advertisementInterval, lease === undefined ? Number.POSITIVE_INFINITY : lease * 1000);

/** @param seen what the last start of a process of this director took, where one was seen. */
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

/** What `plan` says of processes that run another program than is installed. */
export const planReplacements = (programs: readonly ProgramStatus[], vrrp: Replacement): PlanLine[] =>
  programs.filter(isOutdated).map(({ name, build, installed }) => {
    const change = `runs build ${build}, and regent replace puts ${installed} in its place`;
    return name === 'vrrp'
      ? { subject: 'process vrrp', change: `${change}: ${vrrp.text}`, effect: vrrp.fits ? 'hitless' : 'election' }
      : { subject: `process ${name}`, change: `${change}: verdicts stay meanwhile`, effect: 'hitless' };
  });
