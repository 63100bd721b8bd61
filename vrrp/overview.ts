// The status of the routers, and warnings about their configuration.

import { cautionsOf } from './cautions.ts';
import type { VrrpEventBody } from './events.ts';
import { attachedSourceOf, type CurrentHost, selfOf, stateOf, watchOf } from './host/host.ts';
import type { Parts } from './parts.ts';
import type { Ports } from './ports.ts';
import type { Router } from './router.ts';
import { statusOf } from './router-status.ts';
import type { RouterStatus } from './status.ts';
import { obstacleIn } from './tracking/judgement.ts';
import type { Tracking } from './tracking/tracking.ts';

type OverviewOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'addresses' | 'clock' | 'wall' | 'recordFault'>;
  readonly tracking: Tracking;
  readonly parts: Pick<Parts, 'virtualMacs' | 'holdings' | 'routing' | 'answers'>;
  readonly current: CurrentHost;
};

export type Overview = {
  readonly status: () => readonly RouterStatus[];
  readonly warnings: () => readonly VrrpEventBody[];
};

export const createOverview = ({ routers, ports, tracking, parts, current }: OverviewOptions): Overview => {
  const { virtualMacs, holdings, routing, answers } = parts;

  const statusOfRouter = (router: Router): RouterStatus => {
    const { config: own } = router;
    const host = current.host;
    const standing = { config: own, state: stateOf(host, own.name) };
    const fault = ports.recordFault?.();
    const record = fault === undefined ? [] : [{ what: 'a record of its addresses on disk', why: fault }];
    const missing = [
      ...record,
      ...virtualMacs.missingOf(standing),
      ...holdings.missingOf(standing),
      ...routing.missingOf(standing),
      ...answers.missingOf(standing),
    ];
    const source = attachedSourceOf(host, own.name);
    const isAside = host.aside.has(own.name);
    const isIdle = standing.state.name === 'initialize' && source !== undefined && !isAside;
    // What keeps it from starting may have changed since it was told.
    const obstacle = isIdle ? obstacleIn(tracking.judgementOf(own.name)) : undefined;
    const status = statusOf(
      router,
      selfOf(host, own.name),
      standing.state,
      watchOf(host, own.name),
      isAside,
      source,
      tracking,
      ports.clock(),
      ports.wall(),
    );
    return { ...status, ...(obstacle !== undefined && { reason: obstacle }), ...(missing.length > 0 && { missing }) };
  };

  return {
    status: () => [...routers.values()].map(statusOfRouter),
    warnings: () => {
      const present = ports.addresses.list();
      return [...routers.values()].flatMap(({ config: own }) => {
        const hasWeights = tracking.trackedBy(own.name).some(({ weight = 0 }) => weight !== 0);
        const cautions = cautionsOf(own, selfOf(current.host, own.name), hasWeights, present);
        return cautions.map((message): VrrpEventBody => ({ type: 'caution', router: own.name, message }));
      });
    },
  };
};
