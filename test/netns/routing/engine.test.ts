// BIRD and FRR at work, read by their sockets with the configuration that regent prints; and sockets that hang or talk nonsense.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds } from '../../../base/units.ts';
import { createEngine, type Engine } from '../../../lab/anycast/engines.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { birdFragment } from '../../../routing/bird-fragment.ts';
import { readEngine } from '../../../routing/engine.ts';
import type { EngineAddress, EngineState, Session } from '../../../routing/engine-state.ts';
import { frrFragment } from '../../../routing/frr-fragment.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const prefixes = [
  { address: ip('192.0.2.10'), prefixLength: 32 },
  { address: ip('2001:db8::10'), prefixLength: 128 },
];
const addressed = { bird: ip('10.9.0.1'), frr: ip('10.9.0.2') } as const;
const addressed6 = { bird: ip('fd09::1'), frr: ip('fd09::2') } as const;
const systems = { bird: 64_512, frr: 64_513 } as const;

const announcementTo = (other: 'bird' | 'frr') => ({
  interface: 'regent0',
  prefixes,
  sessions: {
    as: systems[other === 'frr' ? 'bird' : 'frr'],
    neighbours: [addressed[other], addressed6[other]].map((address) => ({ address, as: systems[other] })),
    bfd: true,
  },
});

const sessionsOf = (state: EngineState): readonly Session[] => ('sessions' in state ? state.sessions : []);

describe('the routing daemon beside regent', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'regent-routing-'));
  const children: ChildProcess[] = [];
  const engines = new Map<'bird' | 'frr', { readonly engine: Engine; readonly host: Namespace }>();

  before(async () => {
    const hosts = { bird: createNamespace('bird'), frr: createNamespace('frr') };
    const end = (type: 'bird' | 'frr', last: number) => ({
      namespace: hosts[type],
      interface: 'eth0',
      addresses: [`${addressed[type]}/24`, `fd09::${last}/64`],
    });
    connect(end('bird', 1), end('frr', 2));
    // The user of FRR goes through it to its own folder.
    spawn('chmod', ['755', folder]);
    for (const type of ['bird', 'frr'] as const) {
      const host = hosts[type];
      // Some kernels have no dummy.
      host.run('ip', 'link', 'add', 'regent0', 'type', 'bridge');
      host.run('ip', 'link', 'set', 'regent0', 'up');
      for (const { address } of prefixes) host.run('ip', 'address', 'add', address, 'dev', 'regent0');
      const text =
        type === 'bird'
          ? `router id ${addressed.bird};\nprotocol device { }\n${birdFragment(announcementTo('frr'))}`
          : frrFragment(announcementTo('bird'));
      const start = (command: readonly string[]): ChildProcess => {
        const child = spawn('ip', ['netns', 'exec', host.name, ...command], { stdio: 'ignore', detached: true });
        children.push(child);
        return child;
      };
      const engine = await createEngine(type, join(folder, type), text, start, true);
      engines.set(type, { engine, host });
      await engine.start();
    }
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    removeNamespaces();
    rmSync(folder, { recursive: true });
  });

  const read = (type: 'bird' | 'frr'): Promise<EngineState> =>
    readEngine({ type, socket: engines.get(type)?.engine.socket ?? '' }, prefixes);
  const exportedBy = async (type: 'bird' | 'frr') =>
    sessionsOf(await read(type)).flatMap(({ exported }) => exported.map(({ prefix }) => prefix));
  const otherOf = (type: 'bird' | 'frr') => (type === 'bird' ? 'frr' : 'bird');

  for (const type of ['bird', 'frr'] as const) {
    it(`is ${type}: a session of each family with its prefix and BFD, by the configuration that is printed`, async () => {
      await until(`${type} announces both`, async () => (await exportedBy(type)).length === 2);
      await until(`${type} has BFD`, async () => sessionsOf(await read(type)).every(({ bfd }) => bfd === 'up'), 60_000);
      const sessions = sessionsOf(await read(type)).toSorted((one, other) =>
        one.neighbour < other.neighbour ? -1 : 1,
      );
      const neighbours: readonly IpAddress[] = [addressed[otherOf(type)], addressed6[otherOf(type)]];
      assert.deepEqual(
        sessions,
        neighbours.map((neighbour, index) => ({
          neighbour,
          state: 'Established',
          isUp: true,
          isOff: false,
          holdTime: 9000,
          bfd: 'up',
          exported: prefixes
            .slice(index, index + 1)
            .map(({ address, prefixLength }) => ({ prefix: `${address}/${prefixLength}`, origin: 'igp', med: 0 })),
        })),
      );
    });

    it(`is ${type}: what has left the interface is announced no longer, even where another interface holds it`, async () => {
      const host = engines.get(type)?.host;
      host?.run('ip', 'address', 'del', '192.0.2.10/32', 'dev', 'regent0');
      host?.run('ip', 'address', 'add', '192.0.2.10/32', 'dev', 'lo');
      await until(`${type} withdraws it`, async () => (await exportedBy(type)).join() === '2001:db8::10/128');
      host?.run('ip', 'address', 'del', '192.0.2.10/32', 'dev', 'lo');
      host?.run('ip', 'address', 'add', '192.0.2.10/32', 'dev', 'regent0');
      await until(`${type} announces it again`, async () => (await exportedBy(type)).length === 2);
    });
  }

  for (const type of ['bird', 'frr'] as const)
    it(`is ${type}: frozen or dead, it is said to be silent within the patience, and its routers withdraw it`, async () => {
      const engine = engines.get(type)?.engine;
      const isUp = async () => sessionsOf(await read(otherOf(type))).some((session) => session.isUp);
      assert.ok(type === 'frr' || (await isUp()));
      await engine?.signal('SIGSTOP');
      const frozen = performance.now();
      // The last one is asked by a daemon that has ended.
      if (type === 'bird') {
        await until('the sessions have ended', async () => !(await isUp()), 30_000);
        const took = Math.round(performance.now() - frozen);
        console.log(`      by BFD after ${took} ms`);
        assert.ok(took < 6000, 'BFD is no faster than the hold time');
      }
      assert.deepEqual(await read(type), { silent: 'it does not answer within 2 s' });
      await engine?.signal('SIGKILL');
      assert.deepEqual(await read(type), { silent: 'it does not run' });
    });

  const serve = async (path: string, talk: (socket: Socket) => void): Promise<Server> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      talk(socket);
    });
    server.listen(path);
    await once(server, 'listening');
    return server;
  };
  const endless = (socket: Socket): void => {
    const timer = setInterval(() => socket.write('x'.repeat(1_000_000)), 5);
    socket.on('close', () => clearInterval(timer));
  };
  const half = (socket: Socket): void => {
    socket.write('0001 BIRD 2.0.12 ready.\n');
    socket.once('data', () => socket.write('0016 Access'));
  };
  for (const [what, talk, expected] of [
    ['hangs', () => {}, /^it does not answer within 300 ms$/],
    ['stops in the middle', half, /^it does not answer within 300 ms$/],
    ['closes', (socket: Socket) => socket.end(), /^it closed the connection/],
    ['answers without an end', endless, /longer than 4000000 bytes|within 300 ms/],
    [
      'is no routing daemon',
      (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /^it closed|^its answer/,
    ],
  ] as const)
    for (const type of ['bird', 'frr'] as const)
      it(`at a socket that ${what} is silent, as ${type}`, async () => {
        const place = mkdtempSync(join(folder, 'fake-'));
        const engine: EngineAddress = { type, socket: type === 'bird' ? join(place, 'bird.ctl') : place };
        const server = await serve(type === 'bird' ? engine.socket : join(place, 'bgpd.vty'), talk);
        const state = await readEngine(engine, prefixes, milliseconds(300));
        server.close();
        assert.match('silent' in state ? state.silent : 'it answered', expected);
      });

  it('without a socket is silent', async () => {
    mkdirSync(join(folder, 'none'));
    for (const type of ['bird', 'frr'] as const) {
      const state = await readEngine({ type, socket: join(folder, 'none', 'bird.ctl') }, prefixes);
      assert.match('silent' in state ? state.silent : 'it answered', /no such socket/);
    }
  });
});
