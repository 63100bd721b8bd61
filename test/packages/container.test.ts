// The container's image on a pair of hosts, each a network namespace: no root, three capabilities, and mastership that is handed
// over when a container is stopped.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../netns/namespaces.ts';

const patience = 60_000;
const vip = '192.168.55.100';
/** Made by build-image.sh. */
const store = resolve('.cache/containers');
const readStatus = (pid: string, field: string): string =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

/** Empty for a process that has ended. */
const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

type Director = { readonly host: Namespace; readonly container: ChildProcess };

describe('the container', function () {
  this.timeout(2 * patience);
  let folder: string;
  const directors: Director[] = [];

  const start = (host: Namespace, name: string, priority: number): void => {
    const file = join(folder, `${name}.yaml`);
    const router = `{ name: vip, interface: enp0s9, virtual_router_id: 51, priority: ${priority}, addresses: [${vip}/32] }`;
    const [own, other] = name === 'lb0' ? [11, 12] : [12, 11];
    const peers = `{ listen: 192.168.55.${own}:8550, key_file: /etc/regent/peers.key, directors: [192.168.55.${other}:8550] }`;
    writeFileSync(file, `director: ${name}\nvrrp: { routers: [${router}] }\npeers: ${peers}\n`, { mode: 0o644 });
    const key = join(folder, 'peers.key');
    writeFileSync(key, 'known to both directors', { mode: 0o644 });
    const script = ['bash', 'test/packages/run-container.sh', store, host.name, file, key];
    const container = spawn('unshare', ['--mount', '--propagation', 'private', ...script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    directors.push({ host, container });
  };
  const holds = ({ host }: Director): boolean => host.run('ip', 'address', 'show', 'dev', 'enp0s9').includes(vip);
  const directorAt = (index: number): Director => {
    const found = directors[index];
    assert.ok(found);
    return found;
  };
  /** The processes in its network that run regent, by the last part of their program. */
  const processesOf = ({ host }: Director): Map<string, string> =>
    new Map(
      host
        .run('sh', '-c', `ip netns pids ${host.name}`)
        .split('\n')
        .flatMap((pid) => {
          const name = /regent\/dist\/(?:cli|bundle)\/(\w+)\.js/.exec(commandOf(pid))?.[1];
          return name === undefined ? [] : [[name, pid] as const];
        }),
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'regent-container-'));
    const [lb0, lb1] = [createNamespace('c0'), createNamespace('c1')];
    connect(
      { namespace: lb0, interface: 'enp0s9', addresses: ['192.168.55.11/24'] },
      { namespace: lb1, interface: 'enp0s9', addresses: ['192.168.55.12/24'] },
    );
    start(lb0, 'lb0', 150);
    await until('lb0 holds the address', () => holds(directorAt(0)), patience);
    start(lb1, 'lb1', 100);
    await until('lb1 runs', () => processesOf(directorAt(1)).has('vrrp'), patience);
  });
  after(async () => {
    for (const one of directors) for (const pid of processesOf(one).values()) process.kill(Number(pid), 'SIGKILL');
    await Promise.all(
      directors.map(({ container }) => container.exitCode ?? new Promise((end) => container.once('exit', end))),
    );
    removeNamespaces();
    rmSync(folder, { recursive: true });
  });

  it('runs without root, and with three capabilities', () => {
    const pids = processesOf(directorAt(0));
    assert.deepEqual([...pids.keys()].sort(), ['healthcheck', 'regent', 'vrrp']);
    for (const pid of pids.values()) {
      assert.doesNotMatch(readStatus(pid, 'Uid'), /^0\t/);
      assert.equal(readStatus(pid, 'NoNewPrivs'), '1');
    }
    // CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_NICE.
    assert.equal(readStatus(pids.get('regent') ?? '', 'CapEff'), '0000000000803000');
    assert.equal(readStatus(pids.get('healthcheck') ?? '', 'CapEff'), '0000000000000000');
  });

  it('hands the address to the other host when it is stopped, and leaves nothing', async () => {
    const [one, other] = [directorAt(0), directorAt(1)];
    process.kill(Number(processesOf(one).get('regent')), 'SIGTERM');
    await until('lb1 holds the address', () => holds(other), patience);
    await until('the container has ended', () => one.container.exitCode !== null, patience);
    assert.equal(one.container.exitCode, 0);
    assert.ok(!holds(one));
  });

  it('is described by compose.yaml as it runs here', () => {
    const text = readFileSync('packaging/container/compose.yaml', 'utf8');
    const { 'x-director': director } = load(text) as { readonly 'x-director': Readonly<Record<string, unknown>> };
    const { network_mode, cap_drop, cap_add, read_only, tmpfs } = director;
    const script = readFileSync('test/packages/run-container.sh', 'utf8');
    assert.deepEqual([network_mode, cap_drop, read_only], ['host', ['ALL'], true]);
    assert.deepEqual(
      cap_add,
      [...script.matchAll(/--cap-add (\w+)/g)].map(([, name = '']) => name.toUpperCase()),
    );
    assert.deepEqual(tmpfs, [/--tmpfs (\S+)/.exec(script)?.[1]]);
    assert.deepEqual(
      new Set([...text.matchAll(/target: (\/etc\/regent\/[\w.]+)/g)].map(([, target]) => target)),
      new Set([...script.matchAll(/--volume "[^:]*:([^:]*):ro"/g)].map(([, target]) => target)),
    );
    assert.deepEqual(readdirSync('packaging/container').sort(), ['Dockerfile', 'compose.yaml']);
  });
});
