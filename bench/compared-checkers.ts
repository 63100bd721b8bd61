// Health checking alone: regent's healthcheck process and keepalived's checker, one after the other, by TCP every second.

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createNamespace, type Namespace, removeNamespaces, until } from '../test/netns/namespaces.ts';
import { loopbackAddresses, probedPort, type Seen, startServers } from './probe-servers.ts';
import { type ProbeKind, startProber } from './prober.ts';
import { memory, processorTime } from './usage.ts';

export type Checked = Seen & {
  /** Processor in percent of one, and memory in MiB. */
  readonly processor: number;
  readonly memory: number;
};

type Checker = { readonly pid: number; readonly stop: () => Promise<void> };

const startRegent = async (
  host: Namespace,
  addresses: readonly string[],
  kind: ProbeKind = 'tcp',
): Promise<Checker> => {
  const { pid, stop } = startProber(host, kind, addresses);
  return { pid, stop: async () => stop() };
};

/** Builds a replacement for IPVS, which this kernel may lack, and which is not measured. */
const buildStandIn = (directory: string): string => {
  const library = join(directory, 'no-ipvs.so');
  const source = fileURLToPath(new URL('../../bench/no-ipvs.c', import.meta.url));
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot compile ${source}: ${stderr}`);
  return library;
};

const keepalivedConf = (addresses: readonly string[]): string => {
  const servers = addresses.map(
    (address) => `  real_server ${address} ${probedPort} {
    TCP_CHECK {
      connect_timeout 1
    }
  }
`,
  );
  return `virtual_server 10.55.0.100 80 {
  delay_loop 1
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
${servers.join('')}}
`;
};

const startKeepalived = async (host: Namespace, addresses: readonly string[]): Promise<Checker> => {
  const directory = mkdtempSync(join(tmpdir(), 'regent-bench-keepalived-'));
  const [conf, log, pidFile, mainPidFile] = ['keepalived.conf', 'log', 'checkers.pid', 'main.pid'].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  writeFileSync(conf, keepalivedConf(addresses));
  const output = openSync(log, 'a');
  const keepalived = ['/usr/sbin/keepalived', '-n', '-l', '-C', '-f', conf, '-p', mainPidFile, '-c', pidFile];
  const child = spawn('ip', ['netns', 'exec', host.name, ...keepalived], {
    stdio: ['ignore', output, output],
    env: { ...process.env, LD_PRELOAD: buildStandIn(directory) },
  });
  closeSync(output);
  const checkerPid = (): number => {
    try {
      return Number(readFileSync(pidFile, 'utf8'));
    } catch {
      return 0;
    }
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await until('keepalived has ended', () => child.exitCode !== null, 30_000);
    rmSync(directory, { recursive: true });
  };
  try {
    await until('the checker of keepalived runs', () => checkerPid() !== 0, 30_000);
    return { pid: checkerPid(), stop };
  } catch (error) {
    process.stderr.write(readFileSync(log, 'utf8').slice(-2000));
    await stop();
    throw error;
  }
};

export const checkers = ['regent', 'half-open', 'keepalived'] as const;
export type CheckerName = (typeof checkers)[number];

const start: Readonly<Record<CheckerName, (host: Namespace, addresses: readonly string[]) => Promise<Checker>>> = {
  regent: startRegent,
  'half-open': (host, addresses) => startRegent(host, addresses, 'half-open'),
  keepalived: startKeepalived,
};

/** @param warmUp seconds until every server has been probed */
const measure = async (program: CheckerName, count: number, seconds: number, warmUp: number): Promise<Checked> => {
  const host = createNamespace('checks');
  const servers = await startServers('tcp', host);
  try {
    const checker = await start[program](host, loopbackAddresses(count));
    await sleep(warmUp * 1000);
    servers.begin();
    const [from, spent] = [performance.now(), processorTime([checker.pid])];
    await sleep(seconds * 1000);
    const processor = ((processorTime([checker.pid]) - spent) / (performance.now() - from)) * 100;
    const checked = { ...(await servers.seen()), processor, memory: memory([checker.pid]) };
    await checker.stop();
    return checked;
  } finally {
    servers.stop();
  }
};

/** Each program checks `count` servers of one host for `seconds`. */
export const compareCheckers = async (
  count: number,
  seconds: number,
  warmUp = 10,
): Promise<Readonly<Record<CheckerName, Checked>>> => {
  try {
    const found = new Map<CheckerName, Checked>();
    for (const program of checkers) found.set(program, await measure(program, count, seconds, warmUp));
    return Object.fromEntries(found) as Record<CheckerName, Checked>;
  } finally {
    removeNamespaces();
  }
};
