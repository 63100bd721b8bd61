// A soak: a pair of directors under traffic and random faults. `npm run soak -- --minutes 60 --seed 1` prints what each director
// uses at the start, in between and at the end, every time that one host alone should have held the address and did not, and
// whether memory, descriptors, threads and lateness stayed flat. It exits with 1 where one did not.
// Where the kernel has IPVS requests go through it; elsewhere the holder itself is asked by ping.

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomBelow } from '../../base/random.ts';
import { milliseconds } from '../../base/units.ts';
import { hasIpvs } from '../../lab/vm/host-ipvs.ts';
import { askStatus, configure, startConfigured } from '../../test/netns/controller/operated-director.ts';
import { createNamespace, type Namespace, until } from '../../test/netns/namespaces.ts';
import { closeBridged, joinBridge, openBridged } from '../../test/netns/vrrp/bridged.ts';
import { type Host, virtualAddress } from '../../test/netns/vrrp/hosts.ts';
import { faults, type Site } from './faults.ts';
import { trendsOf } from './flatness.ts';
import { describe, type Resources, readingOf, resourcesOf } from './resources.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const span = milliseconds(Number(values.minutes) * 60_000);
/** After a fault this long is granted before one host alone must hold the address: a start, an election and a preemption. */
const settling = 20_000;
const withIpvs = hasIpvs();
const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const below = randomBelow(Number(values.seed));

const bridged = openBridged();
const { hosts, wire } = bridged;

const server: Namespace = createNamespace('server');
joinBridge(wire, server, 2);
server.run('ip', 'address', 'add', virtualAddress, 'dev', 'lo');
for (const setting of ['arp_ignore=1', 'arp_announce=2']) server.run('sysctl', '-qw', `net.ipv4.conf.all.${setting}`);
const own = (index: number): string => `192.168.55.1${index + 1}`;

const rewrite: Site['rewrite'] = (host, pick) => {
  const index = hosts.indexOf(host);
  const keyFile = join(host.directory, 'peers.key');
  writeFileSync(keyFile, '0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  const vrrpKeyFile = join(host.directory, 'vrrp.key');
  writeFileSync(vrrpKeyFile, '1 0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  const router = {
    name: 'vip',
    interface: 'enp0s9',
    virtual_router_id: 51,
    priority: 150 - 50 * index,
    addresses: [virtualAddress],
    // Noise must not be taken for another router.
    authentication: { type: 'hmac', key_file: vrrpKeyFile },
  };
  configure(host, [router], {
    virtual_services: [
      {
        name: 'web',
        address: '192.168.55.100:80',
        protocol: 'tcp',
        scheduler: 'wrr',
        forwarding: 'direct',
        check: { type: 'tcp', interval: '500ms', timeout: '400ms' },
        real_servers: [{ name: 'rs0', address: '192.168.55.13:80', weight: 50 + pick(100) }],
      },
    ],
    peers: { listen: `${own(index)}:8550`, key_file: keyFile, directors: [`${own(1 - index)}:8550`] },
    split_brain: { witness: '192.168.55.1', reaction: 'hold' },
    log: { level: 'warn' },
  });
};
const site: Site = { ...bridged, rewrite, restart: (host) => void startConfigured(host) };

const running = new Set<ChildProcess>();
const inside = (namespace: Namespace, ...words: readonly string[]): ChildProcess => {
  const child = spawn('ip', ['netns', 'exec', namespace.name, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  return child;
};
/** Prints a line an attempt: whether it was answered. */
const client = `
const { get } = require('node:http');
const ask = () => {
  const done = (line) => { process.stdout.write(line + '\\n'); setTimeout(ask, 50); };
  get({ host: '192.168.55.100', agent: false, timeout: 1000 }, (answer) => { answer.resume(); answer.on('end', () => done('+')); })
    .on('timeout', function () { this.destroy(); }).on('error', () => done('-'));
};
ask();`;
const ping = `
const { spawn } = require('node:child_process');
const ask = () => spawn('ping', ['-n', '-c', '1', '-W', '1', '192.168.55.100'], { stdio: 'ignore' })
  .on('close', (code) => { process.stdout.write((code === 0 ? '+' : '-') + '\\n'); setTimeout(ask, 100); });
ask();`;

const asked = { answered: 0, failed: 0 };
const countAnswers = (child: ChildProcess): void =>
  void child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    asked.answered += text.split('+').length - 1;
    asked.failed += text.split('-').length - 1;
  });

const measured: Resources[][] = [];
/** @param when printed with the values; without it they are only kept */
const measure = async (when?: string): Promise<void> => {
  const found = await Promise.all(hosts.map(resourcesOf));
  measured.push(found);
  if (when !== undefined) for (const [index, one] of found.entries()) say(`${when}, lb${index}: ${describe(one)}`);
};

/** @returns how many grew */
const judge = (): number => {
  let grown = 0;
  for (const index of hosts.keys()) {
    const all = measured.flatMap((found) => found[index] ?? []);
    for (const { what, first, last, verdict } of trendsOf(all.map((one, at) => readingOf(one, all[at - 1])))) {
      say(
        `lb${index}, ${what}: ${first.toFixed(1)} -> ${last.toFixed(1)}, ${verdict === 'short' ? 'too short to say' : verdict}`,
      );
      if (verdict === 'grew') grown += 1;
    }
  }
  return grown;
};

const run = async (): Promise<number> => {
  inside(server, process.execPath, '-e', "require('http').createServer((q, a) => a.end('x')).listen(80)");
  const start = async (host: Host): Promise<void> => {
    rewrite(host, below);
    startConfigured(host);
    await until(
      `${host.namespace.name} has a router`,
      async () => ((await askStatus(host))?.routers.length ?? 0) > 0,
      60_000,
    );
  };
  for (const host of hosts) await start(host);
  await until('one holds the address', () => hosts.filter((host) => host.holds()).length === 1, 60_000);
  countAnswers(inside(wire, process.execPath, '-e', withIpvs ? client : ping));
  say(
    `seed ${values.seed}, ${values.minutes} minutes; ${withIpvs ? 'requests through IPVS' : 'no IPVS here: the address is pinged'}`,
  );
  await sleep(Math.min(30_000, span / 10));
  await measure('start');

  let quietSince = performance.now();
  let isFaulty = false;
  let broken = 0;
  let sinceBroken: number | undefined;
  const looking = setInterval(() => {
    const isOne = hosts.filter((host) => host.holds()).length === 1;
    if (isOne || isFaulty || performance.now() - quietSince < settling) {
      sinceBroken = undefined;
      return;
    }
    if (sinceBroken === undefined) {
      broken += 1;
      say(
        `BROKEN: ${hosts.map((host, index) => (host.holds() ? `lb${index}` : '')).join(' ') || 'no host'} has the address`,
      );
    }
    sinceBroken ??= performance.now();
  }, 50);
  const end = performance.now() + span;
  const names = Object.keys(faults);
  let count = 0;
  let nextMeasure = performance.now() + span / 4;
  while (performance.now() < end) {
    const name = names[below(names.length)] ?? '';
    const index = below(2);
    const host = hosts[index === 0 ? 0 : 1];
    isFaulty = true;
    await faults[name]?.(site, { host, index, below });
    isFaulty = false;
    count += 1;
    quietSince = performance.now();
    // Some faults follow each other closely; after others all must be well again.
    const isLast = below(3) === 0;
    await sleep(isLast ? settling + 5000 : 500 + below(6000));
    if (!isLast) continue;
    const isDue = performance.now() >= nextMeasure;
    if (isDue) nextMeasure += span / 4;
    await measure(isDue ? `after ${count} faults` : undefined);
  }
  await sleep(settling + 5000);
  await measure('end');
  clearInterval(looking);
  say(
    `${count} faults; ${asked.answered} answered, ${asked.failed} not; one host alone should have held the address and did not: ${broken} times`,
  );
  return broken + judge() === 0 ? 0 : 1;
};

try {
  process.exitCode = await run();
} finally {
  for (const child of running) child.kill('SIGKILL');
  await closeBridged(bridged);
  server.remove();
}
