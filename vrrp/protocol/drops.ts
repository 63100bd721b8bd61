// Reports dropped packets: each source and reason at once, then in sums, so that a storm of packets raises no storm of lines.

import { type Clock, elapsed, type Instant, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { DropReason } from './drop-reason.ts';

const reportEvery = milliseconds(10_000);
/** Sources come from the network: what is remembered of them is bounded. */
const rememberedSources = 256;

export type ReportDrop = (interfaceName: string, source: IpAddress, reason: DropReason, router?: string) => void;

export const createDropReports = (clock: Clock, emit: (event: VrrpEventBody) => void): ReportDrop => {
  const lastReports = new Map<string, { at: Instant; unreported: number }>();
  return (interfaceName, source, reason, router) => {
    const key = `${interfaceName} ${source} ${reason}`;
    const now = clock();
    const last = lastReports.get(key);
    if (last !== undefined && elapsed(last.at, now) < reportEvery) {
      last.unreported += 1;
      return;
    }
    if (lastReports.size >= rememberedSources) lastReports.clear();
    lastReports.set(key, { at: now, unreported: 0 });
    const count = (last?.unreported ?? 0) + 1;
    emit({ type: 'dropped', ...(router !== undefined && { router }), interface: interfaceName, source, reason, count });
  };
};
