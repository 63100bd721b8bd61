// Whole directors that check the same real servers: regent and keepalived, one after the other, in a kernel that has IPVS.
// `node compared-probes.js COUNT SECONDS`

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../test/netns/namespaces.ts';
import { processesOf, signal } from '../test/netns/vrrp/hosts.ts';
import { renderComparison } from './figures.ts';
import { type Program, programs } from './pair.ts';
import { probedPort, type Seen, startServers } from './probe-servers.ts';
import { memory, processorTime } from './usage.ts';

const [count = 300, seconds = 20] = process.argv.slice(2).map(Number);
const regent = fileURLToPath(new URL('../cli/regent.js', import.meta.url));
const vip = '10.55.0.100';
const warmUp = 6;

const addresses = Array.from({ length: count }, (_, index) => `10.66.${1 + (index >> 8)}.${index & 255}`);

const configureRegent = (directory: string): string[] => {
  const path = join(directory, 'regent.yaml');
  const service = {
    name: 'web',
    address: `${vip}:80`,
    check: { type: 'tcp', interval: '1s', timeout: '1s' },
    real_servers: addresses.map((address) => ({ address: `${address}:${probedPort}` })),
  };
  writeFileSync(path, dump({ director: 'lb0', vrrp: { routers: [] }, virtual_services: [service] }));
  return [process.execPath, regent, 'run', '-c', path];
};

const configureKeepalived = (directory: string): string[] => {
  const path = join(directory, 'keepalived.conf');
  const servers = addresses.map(
    (address) => `  real_server ${address} ${probedPort} {
    TCP_CHECK {
      connect_timeout 1
    }
  }
`,
  );
  writeFileSync(
    path,
    `virtual_server ${vip} 80 {
  delay_loop 1
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
${servers.join('')}}
`,
  );
  const pids = ['-p', join(directory, 'main.pid'), '-c', join(directory, 'checkers.pid')];
  return ['/usr/sbin/keepalived', '-n', '-l', '-C', '-f', path, ...pids];
};

type Measured = Seen & { readonly processor: number; readonly memory: number };

const measure = async (program: Program, director: Namespace, servers: Namespace): Promise<Measured> => {
  const directory = mkdtempSync(join(tmpdir(), `regent-bench-${program}-`));
  mkdirSync(join(directory, 'state'));
  const probed = await startServers('tcp', servers);
  let child: ChildProcess | undefined;
  try {
    const command = (program === 'regent' ? configureRegent : configureKeepalived)(directory);
    const environment = { ...process.env, RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: join(directory, 'state') };
    const log = join(directory, 'log');
    const output = openSync(log, 'a');
    child = spawn('ip', ['netns', 'exec', director.name, ...command], {
      stdio: ['ignore', output, output],
      env: environment,
    });
    closeSync(output);
    const serving = (): number => director.run('ipvsadm', '-L', '-n').split('Masq').length - 1;
    for (let tries = 0; serving() !== count; tries += 1) {
      if (tries === 60)
        throw new Error(`${program} serves ${serving()} of ${count}: ${readFileSync(log, 'utf8').slice(0, 4000)}`);
      await sleep(1000);
    }
    await sleep(warmUp * 1000);
    const pids = processesOf(directory);
    probed.begin();
    const [from, spent] = [performance.now(), processorTime(pids)];
    await sleep(seconds * 1000);
    const processor = ((processorTime(pids) - spent) / (performance.now() - from)) * 100;
    return { ...(await probed.seen()), processor, memory: memory(pids) };
  } finally {
    child?.kill('SIGTERM');
    await until(`${program} has ended`, () => child === undefined || child.exitCode !== null, 20_000).catch(() => {});
    for (const pid of processesOf(directory)) signal(pid, 'SIGKILL');
    probed.stop();
    rmSync(directory, { recursive: true, force: true });
    director.run('ipvsadm', '-C');
  }
};

const [director, servers] = ['lb', 'rs'].map(createNamespace) as [Namespace, Namespace];
connect(
  { namespace: director, interface: 'enp0s8', addresses: ['10.65.0.1/24'] },
  { namespace: servers, interface: 'enp0s8', addresses: ['10.65.0.2/24'] },
);
// Every address of the network is the servers' own: the director finds them by one route.
servers.run('ip', 'route', 'add', 'local', '10.66.0.0/16', 'dev', 'lo');
director.run('ip', 'route', 'add', '10.66.0.0/16', 'via', '10.65.0.2');
const found = new Map<Program, Measured>();
for (const program of programs) found.set(program, await measure(program, director, servers));
removeNamespaces();
const row = (name: string, read: (one: Measured) => number) => ({
  name,
  regent: read(found.get('regent') as Measured),
  keepalived: read(found.get('keepalived') as Measured),
});
process.stdout.write(
  `${count} real servers, each checked by TCP every second, ${seconds} s\n${renderComparison('as the servers saw it', [
    row('probes a second', ({ probes }) => probes / seconds),
    row('servers asked', (one) => one.addresses),
    row('ms between probes, median', ({ gaps }) => gaps.median),
    row('ms between probes, 99th percentile', ({ gaps }) => gaps.p99),
    row('ms between probes, worst', ({ gaps }) => gaps.worst),
    row('% of one processor', ({ processor }) => processor),
    row('MiB', (one) => one.memory),
  ])}\n`,
);
process.exit();
