// A drill over ssh on a pair whose hosts are namespaces, each with a server of ssh: what is seen of them.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../base/error.ts';
import { weightsIn } from '../../../drill/capture/ipvs-table.ts';
import { type Event, parseRecording } from '../../../drill/recording/recording.ts';
import { prefixOf } from '../../../lab/teardown.ts';
import { directorNames } from '../../../lab/topology.ts';
import { program } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { openSshPair, type SshPair } from './ssh-pair.ts';

const patience = 400_000;

const scenario = `drill: mine
client: { get: "http://192.168.55.100/", rate: 10/s, timeout: 2s, established: 2 }
steady: { for: 1s, expect: { failed: "<= 90%" } }
steps:
  - { do: cut, director: lb0, for: 10s }
  - { do: mend, director: lb0, for: 20s }
allow: [cut]
`;

/** Both directors are cut off for longer than the test lasts. */
const endless = `drill: endless
client: { get: "http://192.168.55.100/", rate: 10/s, timeout: 2s }
steady: { for: 1s, expect: { failed: "<= 90%" } }
steps:
  - { together: [{ do: cut, director: lb0 }, { do: cut, director: lb1 }], for: 10m }
abort: { outage: 8s }
allow: [cut]
`;

/** Faults of every way to make and to undo them that such hosts have. */
const many = `drill: many
client: { get: "http://192.168.55.100/", rate: 10/s, timeout: 2s }
steady: { for: 1s, expect: { failed: "<= 90%" } }
steps:
  - together:
      - { do: flap, director: lb0, every: 300ms }
      - { do: drop_multicast, director: lb1 }
      - { do: slow, director: lb1, network: enp0s9, delay: 20ms }
      - { do: lossy, director: lb1, network: enp0s8, loss: 5% }
      - { do: drain, server: rs0 }
    for: 10m
allow: [flap, drop_multicast, slow, lossy, drain]
`;

describe('a drill over ssh', function () {
  this.timeout(patience);
  const folder = mkdtempSync(join(tmpdir(), 'regent-drill-ssh-'));
  const file = join(folder, 'mine.yaml');
  const json = join(folder, 'mine.json');
  let pair: SshPair;
  let said = '';

  before(async () => {
    writeFileSync(file, scenario);
    pair = await openSshPair(prefixOf(process.pid));
  });
  after(() => {
    pair?.close();
    rmSync(folder, { recursive: true });
  });

  const start = (scenarioFile = file): ChildProcess => {
    said = '';
    const env = { ...process.env, PATH: `${pair.path}:${process.env.PATH}` };
    const words = ['drill', scenarioFile, '--on', 'ssh:lb0,ssh:lb1', '--client', 'ssh:cl0', '--yes', '--json', json];
    const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    return child;
  };
  it('sees addresses, weights, logs, and the frames that left and that arrived', async () => {
    const [code] = await once(start(), 'exit');
    assert.equal(code, 0, said);
    const [run] = parseRecording(readFileSync(json, 'utf8')).runs;
    assert.ok(run);
    const has = (is: (event: Event) => boolean, what: string) => assert.ok(run.events.some(is), what);
    for (const by of ['lb0', 'lb1']) {
      has((event) => event.type === 'advertisement' && event.by === by && event.router === 51, `VRRP of ${by}`);
      has((event) => event.type === 'arp' && event.by === by && event.address === '192.168.55.100', `ARP of ${by}`);
      has((event) => event.type === 'sent' && event.by === by && event.subject === 'router 51', `sent by ${by}`);
      has((event) => event.type === 'address' && event.by === by && event.held, `addresses of ${by}`);
      has((event) => event.type === 'weight' && event.by === by && event.server === 'rs0', `weights of ${by}`);
      has((event) => event.type === 'log' && event.by === by, `log of ${by}`);
    }
    assert.deepEqual(
      run.takeovers.slice(0, 2).map(({ from, to }) => `${from} ${to}`),
      ['lb0 lb1', 'lb1 lb0'],
    );
    assert.ok((run.takeovers[0]?.firstAdvertisement ?? 0) >= (run.takeovers[0]?.due ?? Infinity) - 50);
  });

  /** Where traffic control drops, delays or loses frames. */
  const impaired = (): string[] =>
    directorNames.flatMap((director) => {
      const shown = execFileSync('tc', ['-n', pair.hosts.namespaceOf(director), 'qdisc', 'show'], { encoding: 'utf8' });
      return shown.split('\n').flatMap((line) => (/clsact|netem/.test(line) ? [`${director}: ${line}`] : []));
    });
  const drained = (): string[] =>
    directorNames.flatMap((director) =>
      [...weightsIn(pair.hosts.readProcNet(director, 'ip_vs'), (server) => server)]
        .filter(([, weight]) => weight === 0)
        .map(([server]) => `${server} of ${director}`),
    );

  it('undoes everything at once when no request has succeeded for too long', async () => {
    const other = join(folder, 'endless.yaml');
    writeFileSync(other, endless);
    const [code] = await once(start(other), 'exit');
    assert.equal(code, 1, said);
    const [run] = parseRecording(readFileSync(json, 'utf8')).runs;
    assert.ok(run);
    assert.deepEqual([run.verdict, run.reason], ['aborted', 'no request succeeded for 8000 ms'], said);
    const [, step] = run.steps;
    assert.ok(step && !step.held && step.ended - step.began < 300_000, said);
    assert.equal(step.error, run.reason);
    const made = run.events.filter((event) => event.type === 'fault');
    assert.deepEqual(made.map(({ what }) => what).toSorted(), ['cut lb0', 'cut lb1']);
    for (const { id, what } of made)
      assert.ok(
        run.events.some((event) => event.type === 'undo' && event.id === id && event.time >= step.ended),
        what,
      );
    assert.deepEqual(impaired(), []);
  });
  it('leaves a whole pair when it is killed in mid-fault', async () => {
    const other = join(folder, 'many.yaml');
    writeFileSync(other, many);
    const child = start(other);
    const ended = once(child, 'exit');
    const isMade = () => (said.match(/▶/g) ?? []).length === 5;
    await until('all faults are made', () => isMade() || child.exitCode !== null, patience / 2);
    assert.ok(isMade(), said);
    assert.ok(impaired().length > 2 && drained().length > 0);
    child.kill('SIGKILL');
    await ended;
    await until('the hosts have undone all', () => impaired().length + drained().length === 0, 60_000).catch(
      (error: unknown) => assert.fail(`${messageOf(error)}: ${[...impaired(), ...drained()].join('; ')}`),
    );
  });
});
