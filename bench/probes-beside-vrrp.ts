// One healthcheck process with very many targets beside the routers of the same host: its work, its cost, and the delay it
// causes.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Summary, summarize } from './figures.ts';
import { openPair, type Pair } from './pair.ts';
import { loopbackAddresses, type Seen, type ServerKind, startServers } from './probe-servers.ts';
import { type Prober, startProber } from './prober.ts';
import { memory, processorTime } from './usage.ts';

const routers = 12;
/** Milliseconds. */
export const advertisementInterval = 100;

export type ProbesBesideVrrp = {
  readonly seen: Seen;
  readonly failed: number;
  /** Of each second's latest probe, in milliseconds. */
  readonly lateness: Summary;
  /** Milliseconds from the start of the process until all were known to be up; undefined if some never were. */
  readonly allUpAfter: number | undefined;
  /** Processor in percent of one, and memory in MiB. */
  readonly processor: number;
  readonly memory: number;
  readonly descriptors: string;
  readonly silences: number;
  readonly faults: readonly string[];
  /** Between advertisements, without probes and with them, in milliseconds. */
  readonly gapsWithout: Summary;
  readonly gapsWith: Summary;
};

const gapsOf = ({ packets }: Pair, from: number, to: number): Summary => {
  const last = new Map<number, number>();
  const gaps: number[] = [];
  for (const packet of packets) {
    if (packet.type !== 'advertisement' || packet.source !== '192.168.55.11') continue;
    if (packet.at < from || packet.at > to) continue;
    const before = last.get(packet.id);
    if (before !== undefined) gaps.push(packet.at - before);
    last.set(packet.id, packet.at);
  }
  return summarize(gaps);
};

/**
 * Probes `count` targets on loopback addresses for `seconds`, on a host that is master of twelve routers.
 * @param warmUp seconds until every target has been probed and Node has compiled the hot code
 */
export const measureProbesBesideVrrp = async (
  count: number,
  seconds: number,
  kind: ServerKind,
  warmUp = 6,
): Promise<ProbesBesideVrrp> => {
  const pair = await openPair({ program: 'regent', interval: advertisementInterval, routers, realTime: true });
  const [{ namespace }] = pair.hosts;
  const servers = await startServers(kind, namespace);
  let prober: Prober | undefined;
  try {
    await pair.start();
    const quietFrom = Date.now();
    await sleep(seconds * 1000);
    const quietTo = Date.now();

    prober = startProber(namespace, kind, loopbackAddresses(count));
    const { pid } = prober;
    await sleep(warmUp * 1000);
    servers.begin();
    prober.begin();
    const [from, spent] = [Date.now(), processorTime([pid])];
    await sleep(seconds * 1000);
    const to = Date.now();
    const processor = ((processorTime([pid]) - spent) / (to - from)) * 100;
    const used = memory([pid]);
    const seen = await servers.seen();
    const descriptors = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1] ?? 'unknown';
    const { failed, lateness, silences, faults } = prober.results();
    return {
      ...{ seen, failed, allUpAfter: prober.allUpAfter(), processor, memory: used, descriptors, silences, faults },
      lateness: summarize(lateness),
      gapsWithout: gapsOf(pair, quietFrom, quietTo),
      gapsWith: gapsOf(pair, from, to),
    };
  } finally {
    prober?.stop();
    servers.stop();
    await pair.close();
  }
};
