// A director under traffic for tests of reloads: four real servers, and clients that stay, that come all the time, and that send
// datagrams.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import type { Status } from '../../../controller/control/status.ts';
import type { Plan } from '../../../controller/plan-line.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../../netns/namespaces.ts';
import { patience, type RunningDirector, runDirector } from './running-director.ts';

const vip = '192.168.55.100';
export const hosts = ['192.168.66.111', '192.168.66.112', '192.168.66.113', '192.168.66.114'] as const;
/** Of each service, in milliseconds. */
export const drain = 2000;

/** Says its address for each line and for each datagram. */
const serverScript = `
  const hosts = ${JSON.stringify(hosts)};
  let left = 3 * hosts.length;
  const done = () => --left || console.log('up');
  for (const host of hosts) {
    for (const port of [80, 81])
      require('node:net').createServer((socket) => socket.on('error', () => {}).on('data', () => socket.write(host + '\\n'))).listen(port, host, done);
    const udp = require('node:dgram').createSocket('udp4');
    udp.on('message', (data, { address, port }) => udp.send(host, port, address)).bind(53, host, done);
  }`;

/** Connections that stay, others that come every few milliseconds, and a flow; answers each line with a line of JSON. */
const clientScript = `
  const net = require('node:net');
  const staying = [];
  const coming = new Set();
  let came = 0, refused = 0, asking = false, flow = [];
  const wait = (span) => new Promise((resolve) => setTimeout(resolve, span));
  const come = () => {
    const socket = net.connect(80, '${vip}', () => { came += 1; socket.destroy(); });
    coming.add(socket.on('error', () => { refused += 1; }).on('close', () => coming.delete(socket)));
  };
  setInterval(() => { if (asking) come(); }, 5);
  const udp = require('node:dgram').createSocket('udp4');
  udp.on('error', () => {}).on('message', (data) => flow.push(String(data)));
  setInterval(() => { if (asking) udp.send('x', 53, '${vip}'); }, 50);
  const deeds = {
    open: async (count) => {
      for (const one of staying.splice(0)) one.destroy();
      for (let index = 0; index < count; index += 1) {
        const socket = net.connect(80, '${vip}');
        socket.on('error', (error) => { socket.failed = error.code; }).on('data', () => { socket.answered = true; });
        staying.push(socket);
        await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve));
      }
      return staying.flatMap(({ failed }) => failed ?? []);
    },
    ask: () => { asking = true; came = 0; refused = 0; flow = []; return true; },
    came: () => came,
    // The SYNs of a connection that hangs count as active.
    rest: () => { asking = false; for (const one of coming) one.destroy(); return { came, refused }; },
    flow: () => { const seen = flow; flow = []; return [...new Set(seen)]; },
    alive: async () => {
      for (const socket of staying) { socket.answered = false; if (!socket.destroyed) socket.write('x\\n'); }
      const isSettled = ({ answered, destroyed }) => answered || destroyed;
      for (let waited = 0; waited < 10_000 && !staying.every(isSettled); waited += 50) await wait(50);
      return staying.filter(({ answered }) => answered).length;
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
    const [deed, argument] = JSON.parse(line);
    console.log(JSON.stringify(await deeds[deed](argument)));
  });
  console.log('up');`;

type Service = {
  readonly name?: string;
  readonly keys?: string;
  readonly servers?: readonly string[];
  readonly also?: string;
};

export const server = (index: number, more = ''): string =>
  `{ name: rs${index}, address: "${hosts[index]}:80"${more} }`;
export const usual = [server(0), server(1)];
export const configuration = (
  { name = 'web', keys = '', servers = usual, also = '' }: Service = {},
  resolvers = [0, 1],
): string => `
director: lb0
vrrp: { routers: [] }
virtual_services:
  - name: ${name}
    addresses: ["${vip}:80"${also}]
    drain_timeout: ${drain}ms
    check: { interval: 200ms, timeout: 150ms, rise: 1, fall: 2 }
    ${keys}
    real_servers: [${servers.join(', ')}]
  - name: dns
    address: ${vip}:53
    protocol: udp
    drain_timeout: ${drain}ms
    check: { type: tcp, port: 80, interval: 200ms, timeout: 150ms, rise: 1 }
    real_servers: [${resolvers.map((index) => `{ name: dns${index}, address: "${hosts[index]}:53" }`).join(', ')}]
log: { format: json }
`;

/** Those that come at the moment are counted, too. */
export const withoutCounts = (plan: Plan): object[] => plan.map(({ connections: _connections, ...line }) => line);

/** Sets all of it up before the tests of a suite, begins each test with the usual configuration and eight connections, and removes it. */
export const playTraffic = () => {
  let lb: Namespace;
  let rs: Namespace;
  let director: RunningDirector;
  let web: ChildProcess;
  let client: ChildProcess;
  let ask: (deed: string, argument?: unknown) => Promise<never>;

  const start = async (namespace: Namespace, script: string): Promise<ChildProcess> => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return child;
  };
  const servers = async (service = 0): Promise<Status['services'][number]['servers']> =>
    ((await director.status()) as Status).services[service]?.servers ?? [];
  const living = async (): Promise<number> =>
    (await servers()).reduce((sum, { livingConnections = 0 }) => sum + livingConnections, 0);
  const allUp = async (): Promise<boolean> =>
    [...(await servers(0)), ...(await servers(1))].every(
      ({ health, weight }) => health === 'up' && weight !== undefined,
    );
  const planOf = (text: string): Plan => {
    writeFileSync(director.file, text);
    const { code, out, error } = director.regent('plan', '-c', director.file, '--json');
    assert.equal(code, 0, error);
    return (JSON.parse(out) as { plan: Plan }).plan;
  };
  const reload = async (text: string): Promise<Plan> => {
    writeFileSync(director.file, text);
    return ((await director.reload()) as { plan: Plan }).plan;
  };
  const waitUntilUp = (): Promise<void> => until('all servers are up', allUp, patience);
  /** Opens eight connections, and waits until they are counted, and no others. */
  const openStaying = async (): Promise<void> => {
    assert.deepEqual(await ask('open', 8), [], 'all connect');
    await until('the connections that stay are counted', async () => (await living()) === 8, patience).catch(
      async (error: Error) => {
        const entries = ['ip_vs', 'ip_vs_conn'].map((name) => lb.run('cat', `/proc/net/${name}`)).join('\n');
        throw new Error(`${error.message}: ${JSON.stringify(await servers())}\n${entries}`);
      },
    );
  };

  /** Waits until the kernel has the web servers of a configuration and no others: the drain time of those is over. */
  const untilDrained = (text: string): Promise<void> => {
    const wanted = [...new Set([...text.matchAll(/address: "([\d.]+):80"/g)].map(([, host = '']) => host))].sort();
    const found = (): string[] =>
      [...lb.run('cat', '/proc/net/ip_vs').matchAll(/-> ([0-9A-F]{8}):0050 /g)].map(([, digits = '']) =>
        [...Buffer.from(digits, 'hex')].join('.'),
      );
    const isDrained = (): boolean => isDeepStrictEqual([...new Set(found())].sort(), wanted);
    return until('the others have drained', isDrained, patience);
  };

  before(async () => {
    const cl = createNamespace('cl');
    lb = createNamespace('lb');
    rs = createNamespace('rs');
    connect(
      { namespace: cl, interface: 'enp0s9', addresses: ['192.168.55.200/24'] },
      { namespace: lb, interface: 'enp0s9', addresses: ['192.168.55.11/24', `${vip}/32`, '192.168.55.101/32'] },
    );
    connect(
      { namespace: lb, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: rs, interface: 'enp0s8', addresses: hosts.map((host) => `${host}/24`) },
    );
    rs.run('ip', 'route', 'add', 'default', 'via', '192.168.66.11');
    [web, client] = [await start(rs, serverScript), await start(cl, clientScript)];
    const lines = createInterface({ input: client.stdout as NodeJS.ReadableStream });
    ask = (deed, argument) =>
      new Promise((resolve) => {
        lines.once('line', (line) => resolve(JSON.parse(line) as never));
        client.stdin?.write(`${JSON.stringify([deed, argument])}\n`);
      });
    director = await runDirector(lb, configuration());
    await waitUntilUp();
  });
  after(() => {
    director?.remove();
    client?.kill();
    web?.kill();
    removeNamespaces();
  });
  beforeEach(async () => {
    await reload(configuration());
    await waitUntilUp();
    await openStaying();
  });

  return {
    ask: (deed: string, argument?: unknown): Promise<never> => ask(deed, argument),
    planOf,
    reload,
    servers,
    waitUntilUp,
    openStaying,
    untilDrained,
    log: () => director.log(),
    onRealServers: (...command: [string, ...string[]]): string => rs.run(...command),
  };
};
