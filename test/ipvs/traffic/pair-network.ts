// Two directors between a client and two web servers, as in the lab, with whatever may happen to the first: cut off, back, gone.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { isListening } from '../../netns/listening.ts';
import { createNamespace, type Namespace, until } from '../../netns/namespaces.ts';
import { processesOf, signal } from '../../netns/vrrp/hosts.ts';
import type { LogLine } from '../controller/running-director.ts';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const vip = '192.168.55.100';
const gateway = '192.168.66.100';
const hosts = { cl: 200, lb0: 11, lb1: 12, rs0: 111, rs1: 112 } as const;
type HostName = keyof typeof hosts;
export type DirectorName = 'lb0' | 'lb1';

/** Answers with its name and keeps connections; `/download` never ends. */
const serverScript = `
  const server = require('node:http').createServer((request, response) => {
    if (request.url !== '/download') return response.end(process.argv[1]);
    const timer = setInterval(() => response.write('x'.repeat(1000)), 50);
    response.on('close', () => clearInterval(timer));
  });
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, timeout: 0 });
  server.listen(80, () => console.log('up'));`;

/**
 * Obeys a command a line: \`open N\` opens so many connections, a third of which are busy from then on, a third are asked
 * when all are, and a third keep silent until the end. \`ask\` asks, \`end\` asks the silent ones too, \`download\` begins one.
 * Answers a line of JSON: how many were asked, how many answered, by whom; how many connections have ended; what was downloaded.
 */
const clientScript = `
  const net = require('node:net');
  const connections = [];
  const download = { bytes: 0, isOver: false };
  const request = (path) => 'GET ' + path + ' HTTP/1.1\\r\\nHost: web\\r\\n\\r\\n';
  const ask = (one) => one.asked ??= new Promise((resolve) => {
    const limit = setTimeout(() => resolve(undefined), 15_000);
    one.onData = (text) => { clearTimeout(limit); resolve(/rs[01]$/.exec(text.trim())?.[0]); };
    one.socket.write(request('/'));
  }).finally(() => { one.asked = undefined; });
  const open = () => new Promise((resolve) => {
    const kind = ['busy', 'idle', 'silent'][connections.length % 3];
    const one = { kind, ended: undefined, onData: () => {} };
    one.socket = net.connect(80, '${vip}', () => ask(one).then(resolve));
    one.socket.setEncoding('utf8').on('data', (text) => one.onData(text));
    one.socket.on('error', ({ code }) => { one.ended = code; }).on('close', () => { one.ended ??= 'closed'; one.onData(''); resolve(); });
    connections.push(one);
  });
  setInterval(() => { for (const one of connections) if (one.kind === 'busy' && !one.ended) ask(one); }, 3000);
  const tell = (answers) => {
    const by = {};
    for (const name of answers) if (name) by[name] = (by[name] ?? 0) + 1;
    console.log(JSON.stringify({
      asked: answers.length, answered: answers.filter(Boolean).length, by,
      ended: connections.flatMap(({ kind, ended }) => ended ? [kind + ' ' + ended] : []), download,
    }));
  };
  const commands = {
    open: async (count) => { const before = connections.length; for (let i = 0; i < Number(count); i += 10) await Promise.all(Array.from({ length: Math.min(10, count - i) }, open)); tell(await Promise.all(connections.slice(before).filter(({ kind }) => kind !== 'silent').map(ask))); },
    ask: async () => tell(await Promise.all(connections.filter(({ kind }) => kind !== 'silent').map(ask))),
    end: async () => tell(await Promise.all(connections.map(ask))),
    download: async () => {
      const socket = net.connect(80, '${vip}', () => socket.write(request('/download')));
      socket.on('data', ({ length }) => { download.bytes += length; }).on('error', () => {}).on('close', () => { download.isOver = true; });
      socket.once('data', () => tell([]));
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [name, argument] = line.split(' ');
    commands[name](argument);
  });`;

export type Answers = {
  readonly asked: number;
  readonly answered: number;
  readonly by: Readonly<Record<string, number>>;
  readonly ended: readonly string[];
  readonly download: { readonly bytes: number; readonly isOver: boolean };
};

type Director = { readonly namespace: Namespace; readonly directory: string; child: ChildProcess | undefined };

export type PairNetwork = {
  /** Starts a director with this configuration's services; resolves when it answers on its control socket. */
  readonly start: (name: DirectorName, services: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Writes another configuration, for `regent reload`, with connection synchronisation unless told. */
  readonly configure: (name: DirectorName, services: Readonly<Record<string, unknown>>, synchronises?: boolean) => void;
  readonly regent: (name: DirectorName, ...args: readonly string[]) => string;
  readonly holds: (name: DirectorName) => boolean;
  readonly log: (name: DirectorName) => LogLine[];
  readonly ipvs: (name: DirectorName, ...options: readonly string[]) => string;
  readonly client: (command: string) => Promise<Answers>;
  /** Takes a director's two cables out without its noticing, or puts them back. */
  readonly cut: (name: DirectorName) => void;
  readonly mend: (name: DirectorName) => void;
  /** As a power failure does: processes, addresses and all that the kernel knew are gone; then an empty host is back. */
  readonly replace: (name: DirectorName) => void;
  readonly close: () => void;
};

/** Runs lines of shell in a namespace, in one process: each costs an emulated machine a tenth of a second. */
const run = (namespace: Namespace, lines: string): void => void namespace.run('sh', '-ec', lines);

export const openPairNetwork = async (sync: Readonly<Record<string, unknown>>): Promise<PairNetwork> => {
  const root = mkdtempSync(join(tmpdir(), 'regent-pair-'));
  const children: ChildProcess[] = [];
  const cable = createNamespace('cable');
  for (const network of ['55', '66']) {
    run(
      cable,
      `ip link add br${network} type bridge forward_delay 0 stp_state 0 mcast_snooping 0
       ip link set br${network} up`,
    );
  }
  const networksOf = (name: HostName): readonly string[] =>
    name === 'cl' ? ['55'] : name.startsWith('rs') ? ['66'] : ['55', '66'];
  const open = (name: HostName): Namespace => {
    const namespace = createNamespace(name);
    for (const network of networksOf(name)) {
      const device = network === '55' ? 'enp0s9' : 'enp0s8';
      run(
        cable,
        `ip link add ${name}-${network} type veth peer name ${device} netns ${namespace.name}
         ip link set ${name}-${network} master br${network} up`,
      );
      run(
        namespace,
        `ip address add 192.168.${network}.${hosts[name]}/24 dev ${device}
         ip link set ${device} up`,
      );
    }
    return namespace;
  };
  const spawnIn = (namespace: Namespace, script: string, ...args: readonly string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', script, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };

  const clientNamespace = open('cl');
  for (const name of ['rs0', 'rs1'] as const) {
    const namespace = open(name);
    run(namespace, `ip route add default via ${gateway}`);
    const child = spawnIn(namespace, serverScript, name);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
  }
  const asking = spawnIn(clientNamespace, clientScript);
  const lines = createInterface({ input: asking.stdout ?? process.stdin });
  const answersOf = lines[Symbol.asyncIterator]();

  const openDirector = (name: DirectorName): Director => {
    const directory = join(root, name);
    mkdirSync(join(directory, 'state'), { recursive: true });
    writeFileSync(join(directory, 'key'), 'a key that both directors have\n');
    return { namespace: open(name), directory, child: undefined };
  };
  const directors: Record<DirectorName, Director> = { lb0: openDirector('lb0'), lb1: openDirector('lb1') };
  const environmentOf = ({ directory }: Director) => ({
    ...process.env,
    RUNTIME_DIRECTORY: directory,
    STATE_DIRECTORY: join(directory, 'state'),
  });
  const end = ({ directory }: Director): void => {
    for (const pid of processesOf(directory)) signal(pid, 'SIGKILL');
  };

  const configure: PairNetwork['configure'] = (name, services, synchronises = true) => {
    const priority = name === 'lb0' ? 150 : 100;
    const other = name === 'lb0' ? 'lb1' : 'lb0';
    const router = (label: string, device: string, id: number, address: string) => ({
      name: label,
      interface: device,
      virtual_router_id: id,
      priority,
      advertisement_interval: '1s',
      addresses: [`${address}/32`],
    });
    writeFileSync(
      join(directors[name].directory, 'regent.yaml'),
      dump({
        director: name,
        vrrp: {
          groups: [{ name: 'lab', routers: ['vip', 'gateway'] }],
          routers: [router('vip', 'enp0s9', 51, vip), router('gateway', 'enp0s8', 52, gateway)],
        },
        peers: {
          listen: `192.168.66.${hosts[name]}:8852`,
          key_file: join(directors[name].directory, 'key'),
          directors: [`192.168.66.${hosts[other]}:8852`],
        },
        virtual_services: [{ name: 'web', address: `${vip}:80`, ...services }],
        ...(synchronises && { connection_sync: sync }),
        log: { format: 'json' },
      }),
    );
  };

  return {
    configure,
    start: async (name, services) => {
      const director = directors[name];
      configure(name, services);
      const [file, socket] = ['regent.yaml', 'control.sock'].map((one) => join(director.directory, one)) as [
        string,
        string,
      ];
      const output = openSync(join(director.directory, 'log'), 'a');
      const args = ['netns', 'exec', director.namespace.name, process.execPath, program, 'run', '-c', file];
      const child = spawn('ip', args, { stdio: ['ignore', output, output], env: environmentOf(director) });
      closeSync(output);
      director.child = child;
      await until(`${name} answers`, async () => child.exitCode !== null || (await isListening(socket)), 60_000);
      if (child.exitCode !== null) throw new Error(readFileSync(join(director.directory, 'log'), 'utf8'));
    },
    regent: (name, ...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        env: environmentOf(directors[name]),
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`regent ${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    },
    holds: (name) => directors[name].namespace.run('ip', '-o', 'address', 'show').includes(` ${vip}/32 `),
    log: (name) =>
      readFileSync(join(directors[name].directory, 'log'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line): LogLine => JSON.parse(line)),
    ipvs: (name, ...options) => directors[name].namespace.run('ipvsadm', '-L', '-n', ...options),
    client: async (command) => {
      asking.stdin?.write(`${command}\n`);
      const { value } = await answersOf.next();
      return JSON.parse(String(value)) as Answers;
    },
    cut: (name) => {
      for (const network of networksOf(name)) run(cable, `ip link set ${name}-${network} nomaster`);
    },
    mend: (name) => {
      for (const network of networksOf(name)) run(cable, `ip link set ${name}-${network} master br${network}`);
    },
    replace: (name) => {
      const before = directors[name];
      end(before);
      // The kernel takes its time with what a namespace leaves.
      for (const net of networksOf(name)) run(cable, `ip link delete ${name}-${net}`);
      before.namespace.remove();
      rmSync(before.directory, { recursive: true });
      directors[name] = openDirector(name);
    },
    close: () => {
      for (const child of children) child.kill('SIGKILL');
      for (const director of Object.values(directors)) end(director);
      rmSync(root, { recursive: true, force: true });
    },
  };
};
