// What routers hear and see: all that has arrived together is one input of the host.

import { type Rate, takeToken } from '../base/tokens.ts';
import { milliseconds } from '../base/units.ts';
import { farewellPriority } from './election/parameters.ts';
import type { VrrpEventBody } from './events.ts';
import { type CurrentHost, selfOf, stateOf, watchOf } from './host/host.ts';
import type { RouterSighting, SightedInput } from './host/sight.ts';
import type { Ports } from './ports.ts';
import type { Heard } from './protocol/hearing.ts';
import { type Claim, evidenceIn, type Sighting } from './rivals/evidence.ts';
import type { Locate } from './rivals/locating.ts';
import { isUnlocated } from './rivals/rivalry.ts';
import type { Router } from './router.ts';

export type Sightings = {
  /** @param interfaceIndex of the interface that their routers are attached to; undefined if none is. */
  readonly hear: (heard: readonly Heard[], interfaceIndex: number | undefined) => void;
  readonly see: (router: string, claim: Claim) => void;
};

type SightingsOptions = {
  readonly routers: ReadonlyMap<string, Router>;
  readonly ports: Pick<Ports, 'clock' | 'wall'>;
  readonly current: CurrentHost;
  readonly locate: Locate;
  readonly emit: (event: VrrpEventBody) => void;
  readonly report: (report: SightedInput) => void;
};

/** Masters of a router are reported at this rate: senders choose their source. */
const reportRate: Rate = { burst: 8, refillEvery: milliseconds(2000) };

/** An accepted advertisement of another master. */
type Accepted = Extract<Heard, { readonly type: 'advertisement' }>;

export const createSightings = (options: SightingsOptions): Sightings => {
  const { routers, ports, current, locate, emit, report } = options;

  /** Asks the kernel where another master is, only if there is one. */
  const locateIn = ({ config: own }: Router, sighting: Sighting, index: number | undefined): RouterSighting => {
    const { name } = own;
    const host = current.host;
    const watch = watchOf(host, name);
    const evidence = evidenceIn({ config: own, self: selfOf(host, name) }, watch, sighting, ports.clock());
    const isWanted = evidence !== undefined && index !== undefined && isUnlocated(watch.rivalry, evidence);
    const found = isWanted ? locate(evidence, index) : undefined;
    return { router: name, sighting: { ...sighting, found } };
  };

  const sightingOf = (heard: Heard): Sighting => {
    const { source } = heard;
    if (heard.type === 'dropped') return { type: 'dropped', source, priority: heard.priority, reason: heard.reason };
    const { priority, interval } = heard.advertisement;
    return { type: 'heard', source, priority, interval };
  };

  /** Whether its master is not known yet, or has another priority or dialect. */
  const isNews = ({ router, source, advertisement: { priority }, dialect }: Accepted): boolean => {
    if (priority === farewellPriority || stateOf(current.host, router.config.name).name === 'master') return false;
    const isReported = router.reported?.address === source && router.reported.priority === priority;
    const isKnown = router.heard?.address === source && router.heard.priority === priority;
    return !(isReported && isKnown && router.heard?.dialect === dialect);
  };

  const noteMaster = ({ router, source, advertisement: { priority }, dialect }: Accepted): void => {
    router.heard = { address: source, priority, ...(dialect && { dialect }) };
    if (router.reported?.address === source && router.reported.priority === priority) return;
    const [after, isTaken] = takeToken(router.reports, reportRate, ports.clock());
    router.reports = after;
    if (!isTaken) return;
    router.reported = { address: source, priority };
    emit({ type: 'master-heard', router: router.config.name, master: source, priority, ...(dialect && { dialect }) });
  };

  const give = (sightings: readonly RouterSighting[]): void =>
    report({ type: 'sighted', sightings, wall: ports.wall() });

  return {
    hear: (heard, interfaceIndex) => {
      if (heard.length === 0) return;
      const news = heard.flatMap((one) => (one.type === 'advertisement' && isNews(one) ? [one] : []));
      give(heard.map((one) => locateIn(one.router, sightingOf(one), interfaceIndex)));
      // After the changes of state that follow.
      news.forEach(noteMaster);
    },
    see: (name, claim) => {
      const router = routers.get(name);
      if (router !== undefined) give([locateIn(router, { type: 'claimed', claim }, claim.interfaceIndex)]);
    },
  };
};
