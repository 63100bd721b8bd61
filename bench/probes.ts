// How many targets one healthcheck process can probe: `node dist/bench/probes.js [TARGETS] [SECONDS] [TYPE]`, with the process's own
// descriptor limit as `ulimit -n` sets it. Prints probes a second, CPU, memory, lateness and faults of the probing process alone.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectChannel } from '../channel/connect.ts';
import type { CheckConfig } from '../config/check-model.ts';
import { milliseconds } from '../config/units.ts';
import type { FromHealthcheck, Target, ToHealthcheck } from '../healthcheck/messages.ts';

const [count = 10_000, seconds = 20] = process.argv.slice(2, 4).map(Number);
const type = process.argv[4] === 'http' ? 'http' : 'tcp';
const warmUp = 5;
/** Servers listen on every loopback address, so that each target has an address of its own. */
const portCount = 4;

const common = { interval: milliseconds(1000), timeout: milliseconds(500), rise: 2, fall: 3 };
const check: CheckConfig =
  type === 'tcp'
    ? { type, ...common }
    : {
        type,
        ...common,
        method: 'GET',
        path: '/',
        headers: {},
        expectedStatus: [{ from: 200, to: 299 }],
        followRedirects: 0,
        keepAlive: process.argv[5] === 'keep',
      };

/** The servers run in a process of their own: what they cost is not the prober's. */
const serve = async (): Promise<never> => {
  const ports: number[] = [];
  for (let index = 0; index < portCount; index += 1) {
    const server =
      type === 'tcp'
        ? createServer((socket) => socket.resume().on('error', () => {}))
        : createHttpServer((_request, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  process.send?.(ports);
  return await new Promise(() => {});
};

const startServers = async (): Promise<{ readonly ports: readonly number[]; readonly stop: () => void }> => {
  const child = spawn(process.execPath, process.argv.slice(1), {
    env: { ...process.env, BENCH_SERVES: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ports = await new Promise<number[]>((resolve) =>
    child.once('message', (message) => resolve(message as number[])),
  );
  return { ports, stop: () => child.kill('SIGKILL') };
};

/** CPU time used so far, in seconds (proc(5): utime and stime in hundredths of a second). */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const peakOf = (pid: number): string =>
  /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';

const measure = async (): Promise<void> => {
  const servers = await startServers();
  const targets: Target[] = Array.from({ length: count }, (_, index) => {
    const address = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    const port = servers.ports[index % portCount] ?? 0;
    return { id: `${address}:${port}/${type}`, endpoint: { address, port }, check };
  });
  const folder = mkdtempSync(join(tmpdir(), 'regent-bench-'));
  const socket = join(folder, 'healthcheck.sock');
  const program = fileURLToPath(new URL('../healthcheck/process.js', import.meta.url));
  const prober = spawn(process.execPath, [program, socket], { stdio: 'inherit' });
  const pid = prober.pid ?? 0;

  let isMeasuring = false;
  let [succeeded, failed, silences] = [0, 0, 0];
  const lateness: number[] = [];
  const faults: string[] = [];
  const up = new Set<string>();
  const configuredAt = performance.now();
  let allUpAfter: number | undefined;
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
        if (up.size === count) allUpAfter ??= performance.now() - configuredAt;
        if (message.type !== 'probes' || !isMeasuring) return;
        lateness.push(message.lateness);
        for (const { ok } of message.results) {
          if (ok) succeeded += 1;
          else failed += 1;
        }
      },
    },
    { deadline: 60_000 },
  );

  await sleep(warmUp * 1000);
  isMeasuring = true;
  const [cpu, from] = [cpuOf(pid), performance.now()];
  await sleep(seconds * 1000);
  const span = (performance.now() - from) / 1000;
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
  lateness.sort((a, b) => a - b);
  const middle = lateness[lateness.length >> 1] ?? 0;
  process.stdout.write(
    [
      `${count} ${type} targets at 1 s, ${limit} descriptors, ${span.toFixed(1)} s measured after ${warmUp} s`,
      `  probes       ${((succeeded + failed) / span).toFixed(0)} a second, ${failed} failed`,
      `  all up       ${allUpAfter === undefined ? `never (${up.size})` : `${allUpAfter.toFixed(0)} ms after the start of the process`}`,
      `  CPU          ${(((cpuOf(pid) - cpu) / span) * 100).toFixed(0)} % of one core`,
      `  memory       ${(Number(peakOf(pid)) / 1024).toFixed(0)} MB at its peak`,
      `  lateness     ${middle.toFixed(1)} ms median, ${(lateness.at(-1) ?? 0).toFixed(1)} ms worst, of each second's latest probe`,
      `  heartbeats   ${silences === 0 ? 'never missing for 3 s' : `missing for 3 s, ${silences} times`}`,
      `  own faults   ${faults.length === 0 ? 'none' : faults.join(', ')}`,
      '',
    ].join('\n'),
  );
  channel.close();
  prober.kill('SIGTERM');
  servers.stop();
  rmSync(folder, { recursive: true });
};

if (process.env.BENCH_SERVES === '1') await serve();
else await measure();
