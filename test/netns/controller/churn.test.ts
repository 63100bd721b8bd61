// Two hundred reloads (sixty in `npm test`), each with other names: no process keeps the names of earlier ones, and none grows. Heap snapshots of the
// real processes are searched for the names.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askDirector } from '../../../controller/control/client.ts';
import { unlessShort } from '../../prove/extent.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, pidOf, signal, sleep } from '../vrrp/hosts.ts';
import { configPath, configure, program, router } from './operated-director.ts';

const reloads = unlessShort(200, 60);
/** After how many the heaps are first measured. */
const early = unlessShort(50, 20);
/** The configuration in force, the one before, and what still drains or is on its way. */
const recent = 3;
/** A name of each generation, which nothing else looks like. */
const mark = (generation: number): string => `zq${generation}qz`;

describe('many reloads with other names', function () {
  this.timeout(600_000);
  let host: Host;
  before(() => {
    [host] = openHosts();
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(host.log().slice(-4000));
    await closeHosts();
  });

  const write = (generation: number): void => {
    const name = mark(generation);
    configure(
      host,
      [
        router('vip', 51, 100, ['192.168.55.100/32']),
        { ...router(`r-${name}`, 60 + (generation % 2), 100, ['192.168.55.101/32']), track: [{ file: `f-${name}` }] },
      ],
      {
        vrrp: {
          files: [{ name: `f-${name}`, path: join(host.directory, `f-${name}`) }],
          groups: [{ name: `g-${name}`, routers: [`r-${name}`] }],
        },
        notifications: [{ name: `n-${name}`, fifo: join(host.directory, `n-${name}`) }],
        virtual_services: [
          {
            name: `s-${name}`,
            address: `192.168.55.100:${10_000 + generation}`,
            forwarding: 'direct',
            drain_timeout: '1s',
            check: { type: 'http', path: `/${name}`, interval: '100ms', timeout: '50ms' },
            real_servers: [{ name: `rs-${name}`, address: `192.168.55.12:${10_000 + generation}` }],
          },
        ],
      },
    );
  };
  const reload = () => askDirector(join(host.directory, 'control.sock'), 'POST', '/v1/reload');

  const snapshotOf = async (pid: number): Promise<string> => {
    const files = (): string[] => readdirSync(host.directory).filter((name) => name.endsWith('.heapsnapshot'));
    for (const file of files()) rmSync(join(host.directory, file));
    signal(pid, 'SIGPWR');
    let text = '';
    await until(
      'the snapshot is whole',
      () => {
        const [file] = files();
        text = file === undefined ? '' : readFileSync(join(host.directory, file), 'utf8');
        return text.trimEnd().endsWith('}');
      },
      120_000,
    );
    return text;
  };
  const sizeOf = (snapshot: string): number => {
    const { snapshot: about, nodes } = JSON.parse(snapshot) as {
      snapshot: { meta: { node_fields: string[] } };
      nodes: number[];
    };
    const fields = about.meta.node_fields;
    const at = fields.indexOf('self_size');
    let sum = 0;
    for (let index = at; index < nodes.length; index += fields.length) sum += nodes[index] ?? 0;
    return sum;
  };
  /** The old generations whose names are in the heap, and how often each. */
  const keptIn = (snapshot: string, current: number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const [, number] of snapshot.matchAll(/zq(\d+)qz/g))
      if (Number(number) <= current - recent) counts[String(number)] = (counts[String(number)] ?? 0) + 1;
    return counts;
  };

  it('keep no name of an earlier one, in any process, and no process grows', async () => {
    write(0);
    // Node writes snapshots into the working directory.
    const run = ['cd "$0" && exec "$@"', host.directory, process.execPath, program, 'run', '-c', configPath(host)];
    const child = host.start('env', 'NODE_OPTIONS=--heapsnapshot-signal=SIGPWR', 'sh', '-c', ...run);
    await until('it is master', host.holds);
    const sizes: Record<string, number[]> = {};
    for (let generation = 1; generation <= reloads; generation += 1) {
      write(generation);
      await reload();
      if (generation !== early && generation !== reloads) continue;
      await sleep(2500);
      const pids = { controller: child.pid ?? 0, vrrp: pidOf(host, 'vrrp'), healthcheck: pidOf(host, 'healthcheck') };
      for (const [name, pid] of Object.entries(pids)) {
        // A process is silent meanwhile, and would be killed.
        if (pid !== child.pid) child.kill('SIGSTOP');
        const snapshot = await snapshotOf(pid);
        child.kill('SIGCONT');
        assert.deepEqual(keptIn(snapshot, generation), {}, `${name} keeps names after ${generation} reloads`);
        sizes[name] = [...(sizes[name] ?? []), sizeOf(snapshot)];
      }
    }
    console.log(`      heaps after ${early} and ${reloads} reloads: ${JSON.stringify(sizes)}`);
    for (const [name, [first = 0, last = 0]] of Object.entries(sizes))
      assert.ok(last < first * 1.1 + 300_000, `${name} grew from ${first} to ${last} bytes`);
  });
});
