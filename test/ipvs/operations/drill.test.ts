// A short drill on the kernel's IPVS: what its record says agrees with itself, and whichever way it ends nothing stays.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lostFrames } from '../../../drill/recording/lost.ts';
import { parseRecording, type Recording } from '../../../drill/recording/recording.ts';
import { describeAct } from '../../../drill/run/faults.ts';
import { planChaos } from '../../../drill/scenario/chaos.ts';
import { until } from '../../../lab/drill.ts';
import { folderOf, prefixOf, remainsOf } from '../../../lab/teardown.ts';
import { program } from '../../netns/controller/operated-director.ts';

const patience = 400_000;

const seed = 7;
const chaosFaultNames = ['lossy', 'slow', 'slow_server', 'drop_multicast'] as const;
const chaos = `drill: mine
client: { get: "http://192.168.55.100/", rate: 10/s, timeout: 2s }
steady: { for: 1s, expect: { failed: "<= 90%" } }
steps:
  - { random: { seed: ${seed}, for: 10s, every: 1s, faults: [${chaosFaultNames.join(', ')}] } }
`;

/** Faults of the network, of processes, of a disk and of a foreign host. */
const many = `drill: many
client: { get: "http://192.168.55.100/", rate: 10/s, timeout: 2s }
steady: { for: 1s, expect: { failed: "<= 90%" } }
steps:
  - together:
      - { do: flap, director: lb0, every: 300ms }
      - { do: freeze, director: lb1 }
      - { do: slow, director: lb1, delay: 20ms }
      - { do: fill_disk, director: lb1 }
      - { do: hang_server, server: rs1 }
      - { do: rogue, router: 51 }
    for: 10m
`;

describe('a short drill in the lab', function () {
  this.timeout(patience);
  const folder = mkdtempSync(join(tmpdir(), 'regent-drill-'));
  const json = join(folder, 'drill.json');
  let said = '';

  const start = (name = 'short', more: readonly string[] = []): ChildProcess => {
    said = '';
    const env = { ...process.env, REGENT_VM: '1' };
    const words = [program, 'drill', name, '--json', json, ...more];
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    return child;
  };
  const isGone = ({ pid = 0 }: ChildProcess): Promise<boolean> =>
    until(() => remainsOf(prefixOf(pid)).length === 0 && !existsSync(folderOf(prefixOf(pid))), 30_000);
  const staysGone = async (child: ChildProcess): Promise<void> => {
    assert.ok(await isGone(child), remainsOf(prefixOf(child.pid ?? 0)).join(', '));
    await sleep(200);
    assert.deepEqual(remainsOf(prefixOf(child.pid ?? 0)), []);
  };
  const made = (faults: number): Promise<boolean> =>
    until(() => (said.match(/▶/g) ?? []).length >= faults, patience / 2);

  after(() => rmSync(folder, { recursive: true }));

  it('measures a takeover, with all requests and events', async () => {
    const child = start();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0, said);
    assert.ok(await isGone(child), remainsOf(prefixOf(child.pid ?? 0)).join(', '));
    const { runs }: Recording = parseRecording(readFileSync(json, 'utf8'));
    const [run] = runs;
    assert.ok(run);
    const [, fault, mend] = run.steps;
    assert.ok(fault && mend);
    // The client lost its service, and had it again from the other director.
    assert.ok(run.requests.some(([start, , , good]) => good === 0 && start >= fault.began - 1000));
    assert.ok(run.requests.some(([start, , , good]) => good === 1 && start > fault.began && start < mend.began));
    // The disk is full of a file until the end.
    const full = run.events.find((event) => event.type === 'fault' && event.what === 'fill disk lb1');
    assert.ok(full?.type === 'fault' && run.events.some((event) => event.type === 'undo' && event.id === full.id));
    // The return comes later than the end: lb0 first learns the connections of lb1.
    const [there] = run.takeovers;
    assert.deepEqual([there?.from, there?.to], ['lb0', 'lb1']);
    assert.ok((there?.firstAdvertisement ?? 0) >= (there?.due ?? Number.POSITIVE_INFINITY) - 20);
    // It does not know that it is cut off: what it sends meanwhile is seen at its own interfaces, and not on the network.
    const lost = lostFrames(run.events, 900).filter(({ by, subject }) => by === 'lb0' && subject === 'router 51');
    assert.ok(lost.some(({ time }) => time > fault.began && time < mend.began));
    assert.ok(run.events.some(({ type }) => type === 'sent'));
    assert.deepEqual(
      run.connections.map(({ kind }) => kind),
      ['keep-alive', 'keep-alive', 'download'],
    );
  });

  it('repeats chaos by its seed, on new hosts and on another program', async () => {
    const file = join(folder, 'chaos.yaml');
    writeFileSync(file, chaos);
    const child = start(file, ['--subject', 'both']);
    await once(child, 'exit');
    assert.ok(await isGone(child), remainsOf(prefixOf(child.pid ?? 0)).join(', '));
    const { runs, environment } = parseRecording(readFileSync(json, 'utf8'));
    assert.equal(environment.hosts, 'made anew for each run', said);
    assert.deepEqual(
      runs.map(({ subject, verdict }) => `${subject} ${verdict}`),
      ['regent held', 'keepalived held'],
      said,
    );
    const places = { directors: ['lb0', 'lb1'], servers: ['rs0', 'rs1'], routers: [51, 52] };
    const planned = planChaos(seed, 10_000, 1000, chaosFaultNames, places);
    assert.ok(planned.length > 5);
    for (const { subject, steps, events } of runs) {
      const begun = steps[1]?.began ?? 0;
      const made = events.filter((event) => event.type === 'fault');
      // A slow host leaves out what comes too late, and says so.
      const left = events.flatMap((event) =>
        event.type === 'log' && event.by === 'drill' ? [/^(.*) is left out: /.exec(event.message)?.[1] ?? ''] : [],
      );
      const told = [...made.map(({ what }) => what), ...left.filter((what) => what !== '')];
      assert.deepEqual(told.toSorted(), planned.map(({ act }) => describeAct(act)).toSorted());
      assert.ok(made.length > planned.length / 2, `${made.length} of ${planned.length}`);
      for (const { at, act } of planned.filter((one) => !left.includes(describeAct(one.act)))) {
        const near = made
          .filter(({ what }) => what === describeAct(act))
          .map(({ time }) => Math.abs(time - begun - at));
        assert.ok(
          Math.min(...near) < 6000,
          `${subject}: ${describeAct(act)} at ${at} ms, ${near.join(' and ')} ms off`,
        );
      }
      assert.ok(made.every(({ id }) => events.some((event) => event.type === 'undo' && event.id === id)));
    }
  });

  it('leaves nothing when it ends by SIGINT during the fault', async () => {
    const child = start();
    const ended = once(child, 'exit');
    assert.ok(await made(1), said);
    child.kill('SIGINT');
    const [code] = await ended;
    assert.equal(code, 130, said);
    await staysGone(child);
  });

  it('leaves nothing when it is killed in the midst of six faults', async () => {
    const file = join(folder, 'many.yaml');
    writeFileSync(file, many);
    const child = start(file);
    const ended = once(child, 'exit');
    assert.ok(await made(6), said);
    child.kill('SIGKILL');
    const [, by] = await ended;
    assert.equal(by, 'SIGKILL', said);
    await staysGone(child);
  });
});
