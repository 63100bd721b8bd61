// Reloads under traffic: clients that stay, clients that come all the time and a flow of datagrams find what the plan has said.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Status } from '../../../controller/control/status.ts';
import type { Plan } from '../../../controller/plan-line.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../../netns/namespaces.ts';
import { sleep } from '../../netns/vrrp/hosts.ts';
import { extent, unlessShort } from '../../prove/extent.ts';
import { patience, type RunningDirector, runDirector } from './running-director.ts';

const vip = '192.168.55.100';
const hosts = ['192.168.66.111', '192.168.66.112', '192.168.66.113', '192.168.66.114'] as const;
const drain = 2000;

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

const server = (index: number, more = ''): string => `{ name: rs${index}, address: "${hosts[index]}:80"${more} }`;
const usual = [server(0), server(1)];
const configuration = (
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

describe('a reload under traffic', function () {
  this.timeout(2 * patience);
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
  /** Those that come at the moment are counted, too. */
  const withoutCounts = (plan: Plan): object[] => plan.map(({ connections: _connections, ...line }) => line);
  const waitUntilUp = (): Promise<void> => until('all servers are up', allUp, patience);
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

  const direct = server(0, ', forwarding: direct');
  const changes: [what: string, after: string][] = [
    ['the interval of a check', configuration({ keys: 'quorum: 2' }).replaceAll('interval: 200ms', 'interval: 300ms')],
    [
      'several checks for one',
      configuration().replace(
        'check: { interval: 200ms, timeout: 150ms, rise: 1, fall: 2 }',
        'checks: [{ interval: 250ms }, { type: ping, interval: 250ms }]',
      ),
    ],
    ['one address more', configuration({ also: ', "192.168.55.101:80"' })],
    ['the name of a service', configuration({ name: 'www' })],
    ['the name of a server', configuration({ servers: [server(0).replace('rs0', 'rs9'), server(1)] })],
    ['a weight', configuration({ servers: [server(0, ', weight: 9'), server(1)] })],
    ['the forwarding of a server', configuration({ servers: [direct, server(1, ', weight: 1000')] })],
    ['a server more', configuration({ servers: [...usual, server(2)] })],
    ['a server less', configuration({ servers: [server(1)] })],
    ['all servers', configuration({ servers: [server(2), server(3)] })],
    ['another scheduler', configuration({ keys: 'scheduler: lc' })],
    ['a service less', configuration().replace(/ {2}- name: web[\s\S]*?(?= {2}- name: dns)/, '')],
  ];
  // One of each effect that a plan may have.
  const some = changes.filter(([what]) => /^(a weight|all servers|another scheduler|a service less)$/.test(what));
  for (const [what, after] of unlessShort(changes, some))
    it(`does what the plan says: ${what}`, async () => {
      const plan = planOf(after);
      const words = JSON.stringify(plan);
      await ask('ask');
      await until('connections come', async () => (await ask('came')) > 20, patience);
      assert.deepEqual(withoutCounts(await reload(after)), withoutCounts(plan));
      await sleep(1000);
      const { refused } = (await ask('rest')) as { refused: number };
      const mayRefuse = plan.some(({ effect }) => effect === 'refuses') || what === 'a service less';
      if (!mayRefuse) assert.equal(refused, 0, words);
      // Those of a server that leaves go on until its time is over.
      if (what !== 'a service less') assert.equal(await ask('alive'), 8, words);
      await untilDrained(after);
      const cut = plan.reduce(
        (sum, { connections = 0, subject }) => sum + (subject.includes('dns') ? 0 : connections),
        0,
      );
      assert.equal(await ask('alive'), 8 - cut, words);
    });

  /** One of many configurations, each with something that serves. */
  const shapes = fc
    .record(
      {
        indices: fc.uniqueArray(fc.nat(hosts.length - 1), { minLength: 1, maxLength: 3 }),
        weight: fc.integer({ min: 1, max: 3 }),
        scheduler: fc.constantFrom('wrr', 'wrr', 'lc'),
        interval: fc.constantFrom('200ms', '250ms', '300ms'),
        also: fc.constantFrom('', ', "192.168.55.101:80"'),
        name: fc.constantFrom('web', 'www'),
      },
      { noNullPrototype: true },
    )
    .map(({ indices, weight, scheduler, interval, also, name }) =>
      configuration({
        name,
        also,
        keys: `scheduler: ${scheduler}`,
        servers: indices.map((index) => server(index, `, weight: ${weight}`)),
      }).replaceAll('interval: 200ms', `interval: ${interval}`),
    );

  it('does what the plan says, from any configuration to any other', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, shapes, async (before, after) => {
        await reload(before);
        await waitUntilUp();
        await openStaying();
        const plan = planOf(after);
        const words = JSON.stringify(plan);
        await ask('ask');
        await sleep(200);
        assert.deepEqual(withoutCounts(await reload(after)), withoutCounts(plan));
        await waitUntilUp();
        const { refused } = (await ask('rest')) as { refused: number };
        if (!plan.some(({ effect }) => effect === 'refuses')) assert.equal(refused, 0, words);
        await untilDrained(after);
        assert.equal(await ask('alive'), 8 - plan.reduce((sum, { connections = 0 }) => sum + connections, 0), words);
      }),
      { numRuns: extent(60, unlessShort(3, 1)), endOnFailure: true },
    );
  }).timeout(extent(3_600_000, 2 * patience));

  it('of a check leaves quorum and servers alone, and tells nobody', async () => {
    const before = director.log().length;
    await reload(configuration({ keys: 'quorum: 2' }));
    await reload(configuration({ keys: 'quorum: 2' }).replaceAll('interval: 200ms', 'interval: 5s'));
    assert.ok((await servers()).every(({ health, weight }) => health === 'up' && weight === 1));
    await sleep(1000);
    const said = director
      .log()
      .slice(before)
      .map(({ message }) => message);
    assert.ok(!said.some((message) => /quorum: weight|drains|unknown ->/.test(message)), said.join('\n'));
  });

  it('lets a server that was removed and comes back begin unknown', async () => {
    await reload(configuration({ servers: [server(0)] }));
    await sleep(drain + 1000);
    rs.run('ip', 'address', 'del', `${hosts[1]}/24`, 'dev', 'enp0s8');
    try {
      await reload(configuration());
      const end = performance.now() + 1500;
      while (performance.now() < end) {
        const [, back] = await servers();
        assert.ok((back?.weight ?? 0) === 0, JSON.stringify(back));
        await sleep(50);
      }
    } finally {
      rs.run('ip', 'address', 'add', `${hosts[1]}/24`, 'dev', 'enp0s8');
    }
  });

  it('lets a flow of datagrams drain', async () => {
    await ask('ask');
    await sleep(500);
    const [own, ...others] = (await ask('flow')) as string[];
    assert.deepEqual(others, []);
    const index = hosts.indexOf(own as (typeof hosts)[number]);
    await reload(configuration({}, [1 - index]));
    await sleep(drain / 2);
    assert.deepEqual(await ask('flow'), [own]);
    await sleep(drain + 1000);
    await ask('flow');
    await sleep(300);
    assert.deepEqual(await ask('flow'), [hosts[1 - index]]);
    await ask('rest');
  });
});
