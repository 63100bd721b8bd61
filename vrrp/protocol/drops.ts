// Reports dropped packets: each source and reason at once, then in sums. Rate-limited, since senders choose their source.

import { type Clock, elapsed, type Instant, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { DropReason } from './drop-reason.ts';

const reportEvery = milliseconds(10_000);
/** Most sources remembered, since they come from the network. */
const rememberedSources = 256;

/** Reports of one reason on one interface: `burst` at once, and one more per `refillEvery`. */
const burst = 8;
const refillEvery = milliseconds(2000);

type Bucket = { tokens: number; at: Instant; suppressed: number };

export type ReportDrop = (interfaceName: string, source: IpAddress, reason: DropReason, router?: string) => void;

export const createDropReports = (clock: Clock, emit: (event: VrrpEventBody) => void): ReportDrop => {
  const lastReports = new Map<string, { at: Instant; unreported: number }>();
  /** By interface and reason; interfaces of earlier configurations are forgotten with all others. */
  const buckets = new Map<string, Bucket>();

  const takeToken = (key: string, now: Instant): Bucket & { readonly isEmpty: boolean } => {
    if (buckets.size >= rememberedSources && !buckets.has(key)) buckets.clear();
    const { tokens, at, suppressed } = buckets.get(key) ?? { tokens: burst, at: now, suppressed: 0 };
    const left = Math.min(burst, tokens + elapsed(at, now) / refillEvery);
    const isEmpty = left < 1;
    buckets.set(key, { tokens: isEmpty ? left : left - 1, at: now, suppressed: isEmpty ? suppressed + 1 : 0 });
    return { tokens: left, at: now, suppressed, isEmpty };
  };

  return (interfaceName, source, reason, router) => {
    const key = `${interfaceName} ${source} ${reason}`;
    const now = clock();
    const last = lastReports.get(key);
    if (last !== undefined && elapsed(last.at, now) < reportEvery) {
      last.unreported += 1;
      return;
    }
    const { suppressed, isEmpty } = takeToken(`${interfaceName} ${reason}`, now);
    if (isEmpty) return;
    if (lastReports.size >= rememberedSources) lastReports.clear();
    lastReports.set(key, { at: now, unreported: 0 });
    const about = { ...(router !== undefined && { router }), interface: interfaceName, reason };
    if (suppressed > 0) emit({ type: 'dropped', ...about, source: 'other sources', count: suppressed });
    emit({ type: 'dropped', ...about, source, count: (last?.unreported ?? 0) + 1 });
  };
};
