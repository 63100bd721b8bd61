// One healthcheck process that probes very many targets beside the routers of the same host: what it does, costs and delays.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectChannel } from '../channel/connect.ts';
import type { CheckConfig } from '../config/check-model.ts';
import { milliseconds } from '../config/units.ts';
import type { FromHealthcheck, Target, ToHealthcheck } from '../healthcheck/messages.ts';
import { type Summary, summarize } from './figures.ts';
import { openPair, type Pair } from './pair.ts';
import { probedPort, type Seen, type ServerKind, startServers } from './probe-servers.ts';
import { memory, processorTime } from './usage.ts';

const routers = 12;
/** Milliseconds. */
export const advertisementInterval = 100;

const common = { interval: milliseconds(1000), timeout: milliseconds(500), rise: 2, fall: 3 };
const checks: { readonly [Kind in ServerKind]: CheckConfig } = {
  tcp: { type: 'tcp', ...common },
  http: {
    type: 'http',
    ...common,
    method: 'GET',
    path: '/',
    headers: {},
    expectedStatus: [{ from: 200, to: 299 }],
    followRedirects: 0,
    keepAlive: false,
  },
};

export type ProbesBesideVrrp = {
  readonly seen: Seen;
  readonly failed: number;
  /** Of each second's latest probe, in milliseconds. */
  readonly lateness: Summary;
  /** Milliseconds from the start of the process until all were known to be up; undefined where some never were. */
  readonly allUpAfter: number | undefined;
  /** Share of one processor in percent, and MiB. */
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
 * Probes `count` targets on loopback addresses for `seconds`, in the namespace of a host that rules twelve routers.
 * @param warmUp seconds until every target has been probed and Node has compiled what is hot
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
  const folder = mkdtempSync(join(tmpdir(), 'regent-bench-'));
  try {
    await pair.start();
    const quietFrom = Date.now();
    await sleep(seconds * 1000);
    const quietTo = Date.now();

    const targets = Array.from({ length: count }, (_, index): Target => {
      const address = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
      return { id: `${address}:${probedPort}/${kind}`, endpoint: { address, port: probedPort }, check: checks[kind] };
    });
    const socket = join(folder, 'healthcheck.sock');
    const program = fileURLToPath(new URL('../healthcheck/process.js', import.meta.url));
    // `ip netns exec` becomes the program: the pid is the prober's.
    const args = ['netns', 'exec', namespace.name, process.execPath, program, socket];
    const prober = spawn('ip', args, { stdio: 'inherit' });
    const pid = prober.pid ?? 0;
    const startedAt = performance.now();
    let isMeasuring = false;
    let [failed, silences] = [0, 0];
    let allUpAfter: number | undefined;
    const lateness: number[] = [];
    const faults: string[] = [];
    const up = new Set<string>();
    const channel = connectChannel<FromHealthcheck, ToHealthcheck>(
      socket,
      {
        onConnect: () => channel.send({ type: 'configure', targets }),
        onSilence: () => {
          silences += 1;
        },
        onMessage: (message) => {
          if (message.type === 'local-fault') faults.push(`${message.why} (${message.targets})`);
          if (message.type === 'verdict' && message.health === 'up') up.add(message.target);
          if (up.size === count) allUpAfter ??= performance.now() - startedAt;
          if (message.type !== 'probes' || !isMeasuring) return;
          lateness.push(message.lateness);
          failed += message.results.filter(({ ok }) => !ok).length;
        },
      },
      { deadline: 60_000 },
    );
    await sleep(warmUp * 1000);
    servers.begin();
    isMeasuring = true;
    const [from, spent] = [Date.now(), processorTime([pid])];
    await sleep(seconds * 1000);
    const to = Date.now();
    const processor = ((processorTime([pid]) - spent) / (to - from)) * 100;
    const used = memory([pid]);
    const seen = await servers.seen();
    const descriptors = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1] ?? 'unknown';
    channel.close();
    prober.kill('SIGTERM');
    return {
      ...{ seen, failed, allUpAfter, processor, memory: used, descriptors, silences, faults },
      lateness: summarize(lateness),
      gapsWithout: gapsOf(pair, quietFrom, quietTo),
      gapsWith: gapsOf(pair, from, to),
    };
  } finally {
    servers.stop();
    rmSync(folder, { recursive: true, force: true });
    await pair.close();
  }
};
