// What a plan says of virtual routers against a real reload: two directors, the addresses of their kernels, and the cable.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import type { DirectorConfig } from '../../../config/model/model.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { askDirector } from '../../../controller/control/client.ts';
import type { Effect, Plan } from '../../../controller/plan-line.ts';
import { extent, unlessShort } from '../../prove/extent.ts';
import { judgeReload, type Seen } from '../../unit/controller/planning/judged-reload.ts';
import { randomReloads } from '../../unit/controller/planning/random-routers.ts';
import { connect, until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, sleep } from '../vrrp/hosts.ts';
import { type Watch, watchMasters } from '../vrrp/masters.ts';
import { askStatus, configPath, startConfigured } from './operated-director.ts';

type Router = Readonly<Record<string, unknown>> & { readonly name: string };
type Document = { readonly vrrp: Readonly<Record<string, unknown>> & { readonly routers: readonly Router[] } };

const parse = (document: object): DirectorConfig | undefined => {
  const parsed = parseConfig(JSON.stringify(document), 'regent.yaml');
  return parsed.ok ? parsed.config : undefined;
};
/** The same document with other routers, or other keys of their section. */
const withRouters = (document: Document, change: (router: Router) => Router): Document => ({
  ...document,
  vrrp: { ...document.vrrp, routers: document.vrrp.routers.map(change) },
});
const peerOf = (document: Document): object => ({
  ...withRouters(document, (router) => ({ ...router, priority: 120, track: [] })),
  director: 'lb1',
  vrrp: { routers: withRouters(document, (router) => ({ ...router, priority: 120, track: [] })).vrrp.routers },
});

const router = (name: string, id: number, addresses: readonly string[], more: object = {}): Router => ({
  name,
  interface: 'enp0s9',
  virtual_router_id: id,
  priority: 150,
  advertisement_interval: '500ms',
  // A busy host may be late for a lease of a second.
  lease: 'off',
  addresses,
  ...more,
});
const vipAddresses = ['192.168.55.100', '192.168.55.101'];
const gatewayAddresses = ['192.168.55.110', '192.168.55.111'];
const base = {
  director: 'lb0',
  log: { format: 'json' },
  vrrp: {
    scripts: [{ name: 's1', command: ['/bin/true'], interval: '1s', timeout: '1s', rise: 1, fall: 1 }],
    bfd: [
      { name: 'one', peer: '192.168.55.12', min_tx: '300ms', min_rx: '300ms' },
      { name: 'two', peer: '192.168.55.13', min_tx: '300ms', min_rx: '300ms' },
    ],
    routers: [
      router('vip', 51, vipAddresses, {
        track: [{ script: 's1', weight: -60 }, { bfd: 'one' }],
      }),
      router('gateway', 52, gatewayAddresses),
    ],
  },
};
const text = JSON.stringify(base);
const changed = (...changes: [from: string, to: string][]): Document =>
  JSON.parse(
    changes.reduce((so, [from, to]) => {
      assert.ok(so.includes(from), from);
      return so.replace(from, to);
    }, text),
  ) as Document;

describe('a plan of virtual routers, and the reload', function () {
  this.timeout(120_000);
  let hosts: [Host, Host];
  let watch: Watch;
  let monitor: ChildProcess;
  let directors: ChildProcess[] = [];
  const removals: string[] = [];
  let markers = 0;

  const write = (host: Host, document: object): void => writeFileSync(configPath(host), JSON.stringify(document));
  const ask = (host: Host, path: string, body: unknown = {}): Promise<unknown> =>
    askDirector(join(host.directory, 'control.sock'), 'POST', path, body);
  const reload = async (host: Host): Promise<void> => void (await ask(host, '/v1/reload'));
  const transitionsOf = (host: Host): string[] =>
    host
      .log()
      .split('\n')
      .flatMap((line) => {
        if (!line.includes('"transition"')) return [];
        const { event } = JSON.parse(line) as { event: { type: string; router: string; from: string; to: string } };
        return event.type === 'transition' ? [`${event.router}: ${event.from} -> ${event.to}`] : [];
      });
  /** Waits until no router of either director has changed its state for longer than an election takes. */
  const settle = async (span: number): Promise<void> => {
    let [count, since] = [-1, performance.now()];
    await until('the routers agree', () => {
      const now = hosts.flatMap(transitionsOf).length;
      if (now !== count) [count, since] = [now, performance.now()];
      return performance.now() - since > span;
    });
  };
  /** Waits until the first director has both masterships again, and the other one listens. */
  const untilBase = (): Promise<void> =>
    until('the first director rules', async () => {
      const states = await Promise.all(hosts.map(async (host) => (await askStatus(host))?.routers ?? []));
      const [own, others] = states.map((routers) => routers.map(({ state }) => state).join());
      return own === 'master,master' && others === 'backup,backup';
    });
  /** Waits until the first director's kernel has those addresses alone, and the monitor has told all that was removed before. */
  const untilAddresses = async (wanted: readonly string[]): Promise<void> => {
    const held = () =>
      (hosts[0].namespace.enter(networkInterfaces).enp0s9 ?? [])
        .filter(({ family }) => family === 'IPv4')
        .map(({ address }) => address);
    await until('the kernel has the addresses', () => held().sort().join() === [...wanted].sort().join());
    const marker = `192.0.2.${markers + 1}`;
    markers += 1;
    for (const change of ['add', 'del']) hosts[0].namespace.run('ip', 'address', change, `${marker}/32`, 'dev', 'lo');
    await until('the monitor is up to date', () => removals.includes(`${marker} on lo`));
  };
  /** Reloads the first director, and judges what is seen of it by what its plan has said. */
  const judge = async (before: object, after: object, span: number): Promise<{ lines: Plan; seen: Seen }> => {
    const [one, two] = [parse(before), parse(after)];
    assert.ok(one !== undefined && two !== undefined);
    write(hosts[0], after);
    const { plan: lines } = (await ask(hosts[0], '/v1/plan', two)) as { plan: Plan };
    const routers = (await askStatus(hosts[0]))?.routers.map(({ name, state, priority }) => [name, state, priority]);
    const [known, beyond] = [transitionsOf(hosts[0]).length, transitionsOf(hosts[1]).length];
    const [start, sighted] = [removals.length, watch.sightings().length];
    await reload(hosts[0]);
    await sleep(span);
    const seen = {
      transitions: transitionsOf(hosts[0]).slice(known),
      removed: removals.slice(start),
      farewells: watch
        .sightings()
        .slice(sighted)
        .filter(({ source, priority }) => source === '192.168.55.11' && priority === 0)
        .map(({ id }) => id),
    };
    const words = JSON.stringify({ lines, routers, after });
    judgeReload({ plan: lines, before: one, after: two, seen, words });
    if (lines.every(({ effect }) => effect === 'hitless'))
      assert.deepEqual(transitionsOf(hosts[1]).slice(beyond), [], words);
    return { lines, seen };
  };

  before(async () => {
    hosts = openHosts();
    const [left, right] = hosts.map(({ namespace }) => namespace);
    assert.ok(left !== undefined && right !== undefined);
    connect(
      { namespace: left, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: right, interface: 'enp0s8', addresses: ['192.168.66.12/24'] },
    );
    watch = await watchMasters(right, 'enp0s9');
    monitor = spawn('ip', ['netns', 'exec', left.name, 'ip', '-oneline', 'monitor', 'address'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (monitor.stdout === null) throw new Error('unreachable');
    createInterface(monitor.stdout).on('line', (line) => {
      const [, link, address] = /^Deleted \d+: (\S+)\s+inet (\S+)\//.exec(line) ?? [];
      if (address !== undefined) removals.push(`${address} on ${link}`);
    });
    write(hosts[0], base);
    write(hosts[1], { ...peerOf(base), log: base.log });
    directors = hosts.map(startConfigured);
    await until(
      'the first director rules',
      () => transitionsOf(hosts[0]).filter((one) => one.endsWith('master')).length === 2,
    );
    await settle(3000);
  });
  after(async () => {
    for (const director of directors) director.kill('SIGTERM');
    await Promise.all(directors.map((director) => ended(director)));
    await watch?.stop();
    monitor?.kill();
    await once(monitor, 'exit');
    await closeHosts(hosts);
  });

  const rows: [what: string, after: Document, effect: Effect, isSeen?: (seen: Seen) => boolean][] = [
    ['how fast it announces', changed(['"bfd":', '"hold":"20s","announce_rate":100,"bfd":']), 'hitless'],
    ['a session that nothing tracks', changed(['192.168.55.13', '192.168.55.14']), 'hitless'],
    ['a higher priority, and a name', changed(['"priority":150', '"priority":160'], ['gateway', 'inside']), 'hitless'],
    [
      'two masters held together',
      changed(['"bfd":', '"groups":[{"name":"lab","routers":["vip","gateway"]}],"bfd":']),
      'election',
    ],
    ['an address more', changed(['"192.168.55.101"', '"192.168.55.101","192.168.55.102"']), 'hitless'],
    [
      'an address that moves',
      changed([',"192.168.55.101"', ''], ['"192.168.55.111"', '"192.168.55.111","192.168.55.101"']),
      'hitless',
    ],
    [
      'an address less',
      changed([',"192.168.55.101"', '']),
      'cuts',
      ({ removed }) => removed.join() === '192.168.55.101 on enp0s9',
    ],
    [
      'an address that is not advertised',
      changed([',"192.168.55.101"],', '],"excluded":["192.168.55.101"],']),
      'hitless',
    ],
    [
      'an address on another interface',
      changed(['"192.168.55.101"', '{"address":"192.168.55.101","interface":"enp0s8"}']),
      'cuts',
      ({ removed }) => removed.join() === '192.168.55.101 on enp0s9',
    ],
    [
      'a script that fails from now on',
      changed(['/bin/true', '/bin/false']),
      'election',
      ({ transitions }) => transitions.includes('vip: master -> backup'),
    ],
    [
      'a lower priority',
      changed(['"priority":150', '"priority":110']),
      'election',
      ({ transitions }) => transitions.includes('vip: master -> backup'),
    ],
    [
      'other addresses than the peer has',
      changed(['"192.168.55.110","192.168.55.111"', '"192.168.55.120"']),
      'election',
    ],
  ];
  for (const [what, after, effect, isSeen] of unlessShort(rows, rows.slice(-6)))
    it(`${what}: ${effect}`, async () => {
      write(hosts[0], base);
      await reload(hosts[0]);
      await untilBase();
      await untilAddresses(['192.168.55.11', ...vipAddresses, ...gatewayAddresses]);
      const { lines, seen } = await judge(base, after, 2500);
      assert.ok(
        lines.some((line) => line.effect === effect),
        JSON.stringify(lines),
      );
      if (effect === 'hitless')
        assert.ok(
          lines.every((line) => line.effect === 'hitless'),
          JSON.stringify(lines),
        );
      if (isSeen !== undefined) assert.ok(isSeen(seen), JSON.stringify(seen));
    });

  /** The documents that are played elsewhere, on these hosts. */
  const here = (document: object): Document =>
    JSON.parse(
      JSON.stringify({ ...document, log: { format: 'json' } })
        .replaceAll('10.0.0.', '192.168.55.')
        .replaceAll('eth0', 'enp0s9')
        .replaceAll('eth1', 'enp0s8')
        .replaceAll('/run/f1', join(hosts[0].directory, 'f1')),
    ) as Document;

  it('agree for random pairs of configurations', async () => {
    await fc.assert(
      fc.asyncProperty(randomReloads, async ({ before: old, after: next, states: [script, file] }) => {
        const [before, after] = [here(old), here(next)].map(
          (document) =>
            JSON.parse(
              JSON.stringify(document).replaceAll('/bin/true', script === 'up' ? '/bin/true' : '/bin/false'),
            ) as Document,
        );
        fc.pre(
          before !== undefined && after !== undefined && parse(before) !== undefined && parse(after) !== undefined,
        );
        writeFileSync(join(hosts[0].directory, 'f1'), file === 'up' ? '0' : '1');
        write(hosts[0], before);
        write(hosts[1], { ...peerOf(before), log: base.log });
        await Promise.all(hosts.map(reload));
        await settle(5500);
        await judge(before, after, 5000);
      }),
      { numRuns: extent(40, unlessShort(2, 1)), endOnFailure: true },
    );
  }).timeout(extent(1_800_000, 120_000));
});
