// Reports dropped packets: each source and reason at once, then in sums. Rate-limited, since senders choose their source.

import { type Bucket, type Rate, takeToken } from '../../base/tokens.ts';
import { type Clock, elapsed, type Instant, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { DropReason } from './drop-reason.ts';

const reportEvery = milliseconds(10_000);
/** Most sources remembered, since they come from the network. */
const rememberedSources = 256;

/** Reports of one reason on one interface. */
const rate: Rate = { burst: 8, refillEvery: milliseconds(2000) };

export type ReportDrop = (interfaceName: string, source: IpAddress, reason: DropReason, router?: string) => void;

export const createDropReports = (clock: Clock, emit: (event: VrrpEventBody) => void): ReportDrop => {
  const lastReports = new Map<string, { at: Instant; unreported: number }>();
  /** By interface and reason; interfaces of earlier configurations are forgotten with all others. */
  const buckets = new Map<string, { bucket: Bucket; suppressed: number }>();

  /** @returns how many reports were suppressed since the last one; undefined where this one is, too. */
  const take = (key: string, now: Instant): number | undefined => {
    if (buckets.size >= rememberedSources && !buckets.has(key)) buckets.clear();
    const before = buckets.get(key);
    const suppressed = before?.suppressed ?? 0;
    const [bucket, isTaken] = takeToken(before?.bucket, rate, now);
    buckets.set(key, { bucket, suppressed: isTaken ? 0 : suppressed + 1 });
    return isTaken ? suppressed : undefined;
  };

  return (interfaceName, source, reason, router) => {
    const key = `${interfaceName} ${source} ${reason}`;
    const now = clock();
    const last = lastReports.get(key);
    if (last !== undefined && elapsed(last.at, now) < reportEvery) {
      last.unreported += 1;
      return;
    }
    const suppressed = take(`${interfaceName} ${reason}`, now);
    if (suppressed === undefined) return;
    if (lastReports.size >= rememberedSources) lastReports.clear();
    lastReports.set(key, { at: now, unreported: 0 });
    const about = { ...(router !== undefined && { router }), interface: interfaceName, reason };
    if (suppressed > 0) emit({ type: 'dropped', ...about, source: 'other sources', count: suppressed });
    emit({ type: 'dropped', ...about, source, count: (last?.unreported ?? 0) + 1 });
  };
};
